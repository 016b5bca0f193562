#pragma once

#include "base/enum_names.hpp"
#include "bot/refusal.hpp"
#include "bot/warning.hpp"
#include "discord/model/message.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vagrolant::moderation {

/// Whose messages go: everybody's, people's, or those of bots and webhooks.
enum class purge_mode : std::uint8_t { count, users, bots };

enum_names<purge_mode> names_like(purge_mode);

/// The most messages that one purge deletes.
inline constexpr int max_purged = 1000;

struct purge_filter {
    /// Of messages to delete, the newest first.
    int amount = 0;
    purge_mode mode = purge_mode::count;
    bool keep_pinned = false;
};

/// What a purge never goes beyond.
struct purge_limits {
    /// Messages that it looks at to find those it is to delete: 50 pages of 100.
    int scanned = 5000;
    /// Messages older than bulk deletion takes, which go one by one, 30 in two minutes at Discord's.
    int old = 100;
    /// After this it begins nothing new.
    std::chrono::minutes time{8};
};

/// A message as the purge sees it.
struct seen_message {
    discord::message_id id;
    int type = 0;
    /// Written by a bot or a webhook.
    bool bot = false;
    bool pinned = false;

    static seen_message of(const discord::message& one);
};

/// What Discord never lets anybody delete. (Discord Docs/Message "Message Types": Deletable)
constexpr bool is_undeletable(int type) {
    return (type >= 1 && type <= 5) || type == 21;
}

struct purge_step {
    enum class kind : std::uint8_t { fetch, bulk, single, done };

    kind what = kind::done;
    /// Of a fetch: the page ends before this message; none for the newest page.
    discord::message_id before;
    /// Of a bulk deletion (2 to 100) or a single one.
    std::vector<discord::message_id> messages;
};

/// Decides what a purge does next; whoever carries a step out says what came of it. Pure.
///
/// It reads back page by page, deletes young messages in chunks of 100 as soon as it has them, and what is
/// too old for that one by one at the end.
class purge_run {
public:
    using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

    static constexpr std::size_t page_size = 100;
    static constexpr std::size_t max_chunk = 100;
    /// Bulk deletion takes messages of the last 14 days; an hour less leaves room for clocks that differ and
    /// for waiting. (Discord Docs/Message "Bulk Delete Messages")
    static constexpr std::chrono::hours young_for{14 * 24 - 1};

    purge_run(purge_filter what, time_point now, purge_limits limits = {});

    purge_step next(time_point now);

    // What came of the step that `next` named last.

    /// A page, newest first; one that is not full is the last.
    void fetched(std::span<const seen_message> page);
    /// All of its messages are deleted.
    void deleted();
    /// A single one was gone already.
    void gone();
    /// A single one is of a kind that cannot be deleted.
    void undeletable();
    /// A chunk was refused for a message that is too old, or for one that cannot be deleted or is gone: it
    /// goes one by one.
    void refused_as_old();
    void refused_for_one();

    /// Of messages of an earlier step, whose outcome nobody told, these are still there and the others are
    /// deleted. To be followed by `next`.
    void deleted_except(std::span<const discord::message_id> of, std::span<const discord::message_id> left);

    int deleted_so_far() const { return deleted_; }
    /// What is not as asked, and why. `stopped`: the failure that ended the run before its time.
    std::vector<bot::warning> warnings(const std::optional<bot::refusal>& stopped = std::nullopt) const;

private:
    using queue = std::deque<discord::message_id>;

    bool wants(const seen_message& one) const;
    bool may_fetch() const;
    /// Takes the messages of the step in hand out of their queue.
    void take();
    int left() const;

    purge_filter what_;
    purge_limits limits_;
    time_point give_up_at_;

    queue young_;
    /// Young ones that bulk deletion does not take.
    queue alone_;
    queue old_;
    /// Where the messages of the step in hand are, at the front.
    queue* in_hand_ = nullptr;
    std::size_t in_hand_count_ = 0;

    discord::message_id before_;
    bool at_the_beginning_ = false;
    bool out_of_time_ = false;
    int scanned_ = 0;
    int selected_ = 0;
    int deleted_ = 0;
    int undeletable_ = 0;
    int old_tried_ = 0;
};

} // namespace vagrolant::moderation
