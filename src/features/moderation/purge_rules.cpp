#include "features/moderation/purge_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vagrolant::moderation {

namespace {

using bot::say;
using bot::warning;

constexpr std::array mode_names{std::pair{purge_mode::count, "count"}, std::pair{purge_mode::users, "users"},
                                std::pair{purge_mode::bots, "bots"}};

localized by_count(int count, localized of_one, localized of_more) {
    return count == 1 ? of_one : of_more;
}

} // namespace

enum_names<purge_mode> names_like(purge_mode) {
    return mode_names;
}

seen_message seen_message::of(const discord::message& one) {
    return {.id = one.id, .type = one.type, .bot = one.author.bot || one.webhook != 0, .pinned = one.pinned};
}

purge_run::purge_run(purge_filter what, time_point now, purge_limits limits)
    : what_(what)
    , limits_(limits)
    , give_up_at_(now + limits.time) {}

bool purge_run::wants(const seen_message& one) const {
    if (what_.keep_pinned && one.pinned)
        return false;
    return what_.mode == purge_mode::count || one.bot == (what_.mode == purge_mode::bots);
}

bool purge_run::may_fetch() const {
    return selected_ < what_.amount && !at_the_beginning_ && scanned_ < limits_.scanned;
}

purge_step purge_run::next(time_point now) {
    using enum purge_step::kind;
    const bool unfinished = may_fetch() || left() > 0;
    if (now >= give_up_at_) {
        out_of_time_ = unfinished;
        return {};
    }
    in_hand_ = nullptr;
    // The newest stand in front, so what has become too old stands at the end.
    const auto aged = std::ranges::find_if(
        young_, [now](discord::message_id one) { return one.created_at() <= now - young_for; });
    old_.insert(old_.end(), aged, young_.end());
    young_.erase(aged, young_.end());
    const auto hold = [this](queue& from, std::size_t count) {
        in_hand_ = &from;
        in_hand_count_ = count;
        return std::vector(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
    };
    if (young_.size() >= max_chunk || (young_.size() >= 2 && !may_fetch()))
        return {.what = bulk, .before = {}, .messages = hold(young_, std::min(young_.size(), max_chunk))};
    if (may_fetch())
        return {.what = fetch, .before = before_, .messages = {}};
    for (auto* alone : {&young_, &alone_}) {
        if (!alone->empty())
            return {.what = single, .before = {}, .messages = hold(*alone, 1)};
    }
    if (!old_.empty() && old_tried_ < limits_.old)
        return {.what = single, .before = {}, .messages = hold(old_, 1)};
    return {};
}

void purge_run::fetched(std::span<const seen_message> page) {
    at_the_beginning_ = page.size() < page_size;
    for (const auto& one : page) {
        if (selected_ >= what_.amount || scanned_ >= limits_.scanned)
            break;
        ++scanned_;
        before_ = one.id;
        if (!wants(one))
            continue;
        if (is_undeletable(one.type)) {
            ++undeletable_;
            continue;
        }
        ++selected_;
        young_.push_back(one.id);
    }
}

void purge_run::take() {
    if (in_hand_ == &old_)
        ++old_tried_;
    in_hand_->erase(in_hand_->begin(), in_hand_->begin() + static_cast<std::ptrdiff_t>(in_hand_count_));
}

void purge_run::deleted() {
    deleted_ += static_cast<int>(in_hand_count_);
    take();
}

// Some may have become too old since, and stand elsewhere.
void purge_run::deleted_except(std::span<const discord::message_id> of,
                               std::span<const discord::message_id> left) {
    const auto is_deleted = [&](discord::message_id one) {
        return std::ranges::find(of, one) != of.end() && std::ranges::find(left, one) == left.end();
    };
    for (auto* from : {&young_, &alone_, &old_})
        deleted_ += static_cast<int>(std::erase_if(*from, is_deleted));
}

void purge_run::gone() {
    take();
}

void purge_run::undeletable() {
    ++undeletable_;
    take();
}

void purge_run::refused_as_old() {
    old_.insert(old_.begin(), in_hand_->begin(),
                in_hand_->begin() + static_cast<std::ptrdiff_t>(in_hand_count_));
    take();
}

void purge_run::refused_for_one() {
    alone_.insert(alone_.end(), in_hand_->begin(),
                  in_hand_->begin() + static_cast<std::ptrdiff_t>(in_hand_count_));
    take();
}

int purge_run::left() const {
    return static_cast<int>(young_.size() + alone_.size() + old_.size());
}

std::vector<warning> purge_run::warnings(const std::optional<bot::refusal>& stopped) const {
    std::vector<warning> all;
    const auto missed = left() + (may_fetch() ? what_.amount - selected_ : 0);
    if (stopped && missed > 0) {
        all.push_back(
            {.code = stopped->code,
             .text =
                 say(by_count(missed,
                              {.fr = "La purge s'est arrêtée avant la fin ({} message au plus n'a pas été "
                                     "supprimé) : {}",
                               .en = "The purge stopped before its end (up to {} message was not "
                                     "deleted): {}"},
                              {.fr = "La purge s'est arrêtée avant la fin ({} messages au plus n'ont pas "
                                     "été supprimés) : {}",
                               .en = "The purge stopped before its end (up to {} messages were not "
                                     "deleted): {}"}),
                     missed, stopped->reason),
             .count = missed});
    } else if (out_of_time_) {
        all.push_back(
            {.code = "out_of_time",
             .text = say(by_count(missed,
                                  {.fr = "Une purge dure {} minutes au plus : {} message au plus n'a pas été "
                                         "supprimé. Relancez-la pour continuer.",
                                   .en = "A purge takes {} minutes at most: up to {} message was not "
                                         "deleted. Start it again to go on."},
                                  {.fr = "Une purge dure {} minutes au plus : {} messages au plus n'ont pas "
                                         "été supprimés. Relancez-la pour continuer.",
                                   .en = "A purge takes {} minutes at most: up to {} messages were not "
                                         "deleted. Start it again to go on."}),
                         limits_.time.count(), missed),
             .count = missed});
    } else if (!old_.empty()) {
        const auto count = static_cast<int>(old_.size());
        all.push_back(
            {.code = "too_old",
             .text = say(by_count(count,
                                  {.fr = "Reste {} message de plus de 14 jours : Discord ne laisse supprimer "
                                         "ceux de cet âge qu'un par un, et une purge en supprime {} au plus. "
                                         "Relancez-la pour continuer.",
                                   .en = "Left: {} message older than 14 days. Discord lets those of that "
                                         "age be deleted one by one only, and a purge deletes {} of them at "
                                         "most. Start it again to go on."},
                                  {.fr = "Restent {} messages de plus de 14 jours : Discord ne laisse "
                                         "supprimer ceux de cet âge qu'un par un, et une purge en supprime "
                                         "{} au plus. Relancez-la pour continuer.",
                                   .en = "Left: {} messages older than 14 days. Discord lets those of that "
                                         "age be deleted one by one only, and a purge deletes {} of them at "
                                         "most. Start it again to go on."}),
                         count, limits_.old),
             .count = count});
    }
    if (selected_ < what_.amount && !at_the_beginning_ && scanned_ >= limits_.scanned) {
        const int short_of = what_.amount - selected_;
        const auto some =
            by_count(selected_,
                     {.fr = "Parmi les {} derniers messages, {} seulement correspondait : une "
                            "purge ne remonte pas plus loin.",
                      .en = "Of the latest {} messages only {} matched: a purge looks back no "
                            "further."},
                     {.fr = "Parmi les {} derniers messages, {} seulement correspondaient : une "
                            "purge ne remonte pas plus loin.",
                      .en = "Of the latest {} messages only {} matched: a purge looks back no "
                            "further."});
        const localized none{.fr = "Parmi les {} derniers messages, aucun ne correspondait : une purge ne "
                                   "remonte pas plus loin.",
                             .en = "Of the latest {} messages none matched: a purge looks back no further."};
        all.push_back({.code = "scan_limit",
                       .text = say(selected_ == 0 ? none : some, limits_.scanned, selected_),
                       .count = short_of});
    }
    if (undeletable_ > 0) {
        all.push_back(
            {.code = "undeletable",
             .text =
                 say(by_count(undeletable_,
                              {.fr = "{} message de Discord ne peut pas être supprimé et a été ignoré.",
                               .en = "{} message of Discord's own cannot be deleted and was passed over."},
                              {.fr = "{} messages de Discord ne peuvent pas être supprimés et ont été "
                                     "ignorés.",
                               .en = "{} messages of Discord's own cannot be deleted and were passed "
                                     "over."}),
                     undeletable_),
             .count = undeletable_});
    }
    return all;
}

} // namespace vagrolant::moderation
