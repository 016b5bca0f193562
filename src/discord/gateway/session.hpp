#pragma once

#include "discord/gateway/close_codes.hpp"
#include "discord/gateway/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vagrolant::discord::gateway {

/// Where a session stands.
enum class phase : std::uint8_t {
    idle,
    connecting,
    awaiting_hello,
    /// Connected, and waiting for the identify gate.
    awaiting_permit,
    identifying,
    resuming,
    ready,
    /// A close frame has been sent.
    closing,
    /// Not connected; connects again at `deadline()`.
    backing_off,
    stopped,
    /// `failure()` says why.
    fatal,
};

std::string_view to_string(phase which);

/// What of a message the session decides from.
struct message {
    opcode op = opcode::dispatch;
    /// `s`, if not null.
    std::optional<std::uint64_t> sequence;
    /// `t`.
    std::string_view name;
    /// hello: `d.heartbeat_interval`.
    std::chrono::milliseconds heartbeat_interval{};
    /// invalid session: `d`.
    bool resumable = false;
    /// READY: `d.session_id`, `d.resume_gateway_url`.
    std::string_view session_id;
    std::string_view resume_url;
};

/// What is to be done now.
enum class action : std::uint8_t {
    none,
    /// Open a connection to `connect_url()`; then call `connected` or `closed`.
    connect,
    /// Ask the identify gate; then call `permit`.
    reserve_identify,
    send_heartbeat,
    send_identify,
    send_resume,
    /// Hand the dispatch to the subscribers.
    deliver,
    /// Send a close frame with `close_code()`; then call `closed`.
    close,
    /// Cut the connection without more ado; then call `closed`.
    cut,
    /// The session is over: `phase` is stopped or fatal.
    end,
};

/// The life of one shard as a state machine: no socket, no timer, no clock in it. session.md has the
/// diagram.
///
/// The driver feeds what happens together with the time, does what the answer says, and calls `timeout` once
/// `deadline()` has come. Every function is total: whatever comes in whatever phase is answered.
class session {
public:
    struct options {
        /// Address for new sessions.
        std::string url;
        std::uint32_t shard = 0;
        std::uint32_t shard_count = 1;
        std::uint32_t intents = 0;
        std::optional<resume_point> resume;
    };

    /// `random` gives numbers in [0, 1).
    session(options how, std::function<double()> random);

    [[nodiscard]] action start(clock::time_point now);
    [[nodiscard]] action connected(clock::time_point now);
    [[nodiscard]] action receive(const message& in, clock::time_point now);
    /// Something came that is no gateway message.
    [[nodiscard]] action malformed(clock::time_point now);
    /// The connection is gone, or could not be made. No code: it ended without a close frame.
    [[nodiscard]] action closed(std::optional<std::uint16_t> code, clock::time_point now);
    [[nodiscard]] action permit(clock::time_point from, clock::time_point now);
    [[nodiscard]] action timeout(clock::time_point now);
    /// End; `resumable` leaves the session to the next process, otherwise Discord shows the bot as offline.
    [[nodiscard]] action stop(bool resumable, clock::time_point now);
    /// Gives up a session that is ready for a new one, in which Discord tells everything anew.
    [[nodiscard]] action renew(clock::time_point now);

    gateway::phase phase() const { return phase_; }
    bool over() const { return phase_ == phase::stopped || phase_ == phase::fatal; }
    /// When `timeout` has to be called; may change with every other call.
    clock::time_point deadline() const;

    const std::string& connect_url() const;
    std::uint16_t close_code() const { return close_code_; }
    /// Last non-null `s`: what heartbeats carry.
    std::optional<std::uint64_t> sequence() const;
    /// The session as the next process can take it up; none when there is none.
    const std::optional<resume_point>& resume() const { return resume_; }
    /// Time between the last acknowledged heartbeat and its acknowledgement.
    std::optional<clock::duration> latency() const { return latency_; }
    std::chrono::milliseconds heartbeat_interval() const { return interval_; }
    /// Why the connection was last given up, for the log.
    std::string_view reason() const { return reason_; }
    /// In phase fatal: what the operator has to change, and where.
    const std::string& failure() const { return failure_; }
    std::optional<std::uint16_t> failure_code() const { return failure_code_; }

    /// Any code but 1000 and 1001 leaves the session resumable.
    static constexpr std::uint16_t resumable_close = 4200;
    static constexpr std::chrono::seconds connect_limit{20};
    static constexpr std::chrono::seconds hello_limit{20};
    /// From identify or resume to READY or RESUMED, restarted by whatever arrives.
    static constexpr std::chrono::seconds answer_limit{60};
    static constexpr std::chrono::seconds close_limit{2};
    static constexpr std::chrono::seconds backoff_cap{60};
    /// A connection that held so long was a good one: the next backoff begins anew.
    static constexpr std::chrono::seconds settled{30};
    /// Discord keeps a lost session "for a few minutes"; later an attempt to resume is in vain.
    static constexpr std::chrono::minutes resumable_for{5};

private:
    action begin_closing(std::uint16_t code, std::string_view reason, clock::time_point now);
    action hello(const message& in, clock::time_point now);
    action dispatched(const message& in, clock::time_point now);
    action beat(clock::time_point now);
    action connect_after(clock::duration delay, clock::time_point now);
    action connect_now(clock::time_point now);
    action fail(std::uint16_t code);
    action end(gateway::phase last);
    clock::duration backoff(clock::time_point now);
    bool connected_phase() const;
    void enter(gateway::phase next, clock::time_point deadline);

    options options_;
    std::function<double()> random_;
    gateway::phase phase_ = phase::idle;
    clock::time_point phase_deadline_ = clock::time_point::max();

    std::optional<resume_point> resume_;
    std::optional<clock::time_point> lost_at_;
    std::optional<std::uint64_t> new_sequence_;
    std::optional<std::uint64_t> malformed_after_;

    std::chrono::milliseconds interval_{};
    clock::time_point next_beat_ = clock::time_point::max();
    clock::time_point beat_sent_;
    std::uint32_t unacknowledged_ = 0;
    bool heard_since_beat_ = false;
    std::optional<clock::duration> latency_;

    std::uint32_t failures_ = 0;
    std::optional<clock::time_point> ready_since_;
    std::optional<clock::duration> fixed_delay_;
    bool stopping_ = false;

    std::uint16_t close_code_ = resumable_close;
    std::string_view reason_;
    std::string failure_;
    std::optional<std::uint16_t> failure_code_;
};

} // namespace vagrolant::discord::gateway
