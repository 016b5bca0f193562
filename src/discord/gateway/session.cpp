#include "discord/gateway/session.hpp"

#include "async/backoff.hpp"

#include <algorithm>

namespace vagrolant::discord::gateway {

namespace {

using namespace std::chrono_literals;

// Beyond these a hello makes no sense: the loop would spin, or a dead connection never be noticed.
constexpr auto shortest_interval = 10ms;
constexpr auto longest_interval = 10min;

// Attempts at the resume address before the general one is tried instead.
constexpr std::uint32_t resume_address_attempts = 4;

constexpr auto never = clock::time_point::max();

} // namespace

std::string_view to_string(phase which) {
    switch (which) {
    case phase::idle:
        return "idle";
    case phase::connecting:
        return "connecting";
    case phase::awaiting_hello:
        return "awaiting hello";
    case phase::awaiting_permit:
        return "awaiting permit";
    case phase::identifying:
        return "identifying";
    case phase::resuming:
        return "resuming";
    case phase::ready:
        return "ready";
    case phase::closing:
        return "closing";
    case phase::backing_off:
        return "backing off";
    case phase::stopped:
        return "stopped";
    case phase::fatal:
        return "fatal";
    }
    return "unknown";
}

session::session(options how, std::function<double()> random)
    : options_(std::move(how))
    , random_(std::move(random))
    , resume_(options_.resume) {}

action session::start(clock::time_point now) {
    if (phase_ != phase::idle)
        return action::none;
    if (resume_)
        lost_at_ = now;
    return connect_now(now);
}

action session::connected(clock::time_point now) {
    if (phase_ != phase::connecting)
        return over() ? action::cut : action::none;
    enter(phase::awaiting_hello, now + hello_limit);
    return action::none;
}

action session::receive(const message& in, clock::time_point now) {
    if (!connected_phase())
        return action::none;
    heard_since_beat_ = true;
    switch (in.op) {
    case opcode::dispatch:
        return dispatched(in, now);
    case opcode::heartbeat:
        // To be answered at once; the schedule stays as it is.
        return action::send_heartbeat;
    case opcode::reconnect:
        return begin_closing(resumable_close, "the server asked to reconnect", now);
    case opcode::invalid_session:
        if (!in.resumable)
            resume_.reset();
        // Older versions of Discord Docs/Gateway asked for this pause; without it a full identify bucket is
        // knocked at for ever.
        fixed_delay_ = std::chrono::duration_cast<clock::duration>(1s + random_() * 4s);
        return begin_closing(resumable_close, "invalid session", now);
    case opcode::hello:
        return hello(in, now);
    case opcode::heartbeat_ack:
        if (unacknowledged_ > 0)
            latency_ = now - beat_sent_;
        unacknowledged_ = 0;
        return action::none;
    default:
        return action::none;
    }
}

action session::malformed(clock::time_point now) {
    if (!connected_phase())
        return action::none;
    // The server replays what follows `sequence`. If the same message is broken again, a new session is the
    // only way past it.
    const auto after = sequence().value_or(0);
    if (malformed_after_ == after)
        resume_.reset();
    malformed_after_ = after;
    return begin_closing(resumable_close, "malformed message", now);
}

action session::closed(std::optional<std::uint16_t> code, clock::time_point now) {
    const auto before = phase_;
    if (before == phase::idle || before == phase::backing_off || over())
        return action::none;
    next_beat_ = never;
    unacknowledged_ = 0;
    if (resume_ && !lost_at_)
        lost_at_ = now;
    if (stopping_)
        return end(phase::stopped);

    const auto verdict = judge_close(code);
    if (verdict.then == recovery::fatal)
        return fail(*code);
    if (before != phase::closing)
        reason_ = before == phase::connecting && !code ? "cannot connect" : verdict.meaning;
    // In phase closing the decision fell before; the peer's code is an echo of ours.
    if (verdict.then == recovery::identify)
        resume_.reset();
    if (resume_ && lost_at_ && now - *lost_at_ > resumable_for)
        resume_.reset();
    return connect_after(backoff(now), now);
}

action session::permit(clock::time_point from, clock::time_point now) {
    if (phase_ != phase::awaiting_permit)
        return action::none;
    if (from > now) {
        phase_deadline_ = from;
        return action::none;
    }
    enter(phase::identifying, now + answer_limit);
    return action::send_identify;
}

action session::timeout(clock::time_point now) {
    if (now < deadline())
        return action::none;
    if (now >= next_beat_)
        return beat(now);
    switch (phase_) {
    case phase::connecting:
        reason_ = "cannot connect";
        [[fallthrough]];
    case phase::closing:
        phase_deadline_ = never;
        return action::cut;
    case phase::awaiting_hello:
        return begin_closing(resumable_close, "no hello came", now);
    case phase::awaiting_permit:
        return permit(now, now);
    case phase::identifying:
        return begin_closing(resumable_close, "no answer to identify", now);
    case phase::resuming:
        return begin_closing(resumable_close, "no answer to resume", now);
    case phase::backing_off:
        return connect_now(now);
    case phase::idle:
    case phase::ready:
    case phase::stopped:
    case phase::fatal:
        return action::none;
    }
    return action::none;
}

action session::stop(bool resumable, clock::time_point now) {
    if (over())
        return action::none;
    stopping_ = true;
    if (!resumable)
        resume_.reset();
    switch (phase_) {
    case phase::idle:
    case phase::backing_off:
        return end(phase::stopped);
    case phase::connecting:
        end(phase::stopped);
        return action::cut;
    case phase::closing:
        return action::none;
    default:
        return begin_closing(resumable ? resumable_close : 1000, "stopping", now);
    }
}

action session::renew(clock::time_point now) {
    if (phase_ != phase::ready)
        return action::none;
    resume_.reset();
    return begin_closing(resumable_close, "a new session is wanted", now);
}

clock::time_point session::deadline() const {
    return std::min(phase_deadline_, next_beat_);
}

const std::string& session::connect_url() const {
    // Not using the resume address raises the rate of disconnects (Discord Docs/Gateway, "Resuming").
    const bool there = resume_ && !resume_->url.empty() && failures_ < resume_address_attempts;
    return there ? resume_->url : options_.url;
}

std::optional<std::uint64_t> session::sequence() const {
    if (resume_)
        return resume_->sequence;
    return new_sequence_;
}

action session::begin_closing(std::uint16_t code, std::string_view reason, clock::time_point now) {
    close_code_ = code;
    reason_ = reason;
    next_beat_ = never;
    if (resume_ && !lost_at_)
        lost_at_ = now;
    enter(phase::closing, now + close_limit);
    return action::close;
}

action session::hello(const message& in, clock::time_point now) {
    if (phase_ != phase::awaiting_hello)
        return action::none;
    if (in.heartbeat_interval < shortest_interval || in.heartbeat_interval > longest_interval)
        return malformed(now);
    interval_ = in.heartbeat_interval;
    next_beat_ = now + std::chrono::duration_cast<clock::duration>(random_() * interval_);
    unacknowledged_ = 0;
    if (resume_) {
        enter(phase::resuming, now + answer_limit);
        return action::send_resume;
    }
    new_sequence_.reset();
    enter(phase::awaiting_permit, never);
    return action::reserve_identify;
}

action session::dispatched(const message& in, clock::time_point now) {
    if (phase_ == phase::identifying && in.name == "READY") {
        resume_ = resume_point{.shard = options_.shard,
                               .shard_count = options_.shard_count,
                               .session_id = std::string(in.session_id),
                               .sequence = in.sequence.value_or(0),
                               .url = std::string(in.resume_url)};
    } else if (phase_ == phase::resuming) {
        phase_deadline_ = now + answer_limit;
    } else if (phase_ != phase::ready) {
        return action::none;
    }
    if (in.sequence && resume_)
        resume_->sequence = std::max(resume_->sequence, *in.sequence);
    if (phase_ == phase::identifying || (phase_ == phase::resuming && in.name == "RESUMED")) {
        enter(phase::ready, never);
        ready_since_ = now;
        lost_at_.reset();
    }
    return action::deliver;
}

action session::beat(clock::time_point now) {
    // Discord Docs/Gateway, "Heartbeating": no acknowledgement before the next beat is due means a dead
    // connection. We allow one beat more while other messages come in: under load the acknowledgement stands
    // in the same queue behind them.
    if (unacknowledged_ > 1 || (unacknowledged_ == 1 && !heard_since_beat_))
        return begin_closing(resumable_close, "heartbeats are not acknowledged", now);
    ++unacknowledged_;
    heard_since_beat_ = false;
    beat_sent_ = now;
    next_beat_ = std::max(next_beat_ + interval_, now + interval_ / 2);
    return action::send_heartbeat;
}

action session::connect_after(clock::duration delay, clock::time_point now) {
    if (delay <= delay.zero())
        return connect_now(now);
    enter(phase::backing_off, now + delay);
    return action::none;
}

action session::connect_now(clock::time_point now) {
    enter(phase::connecting, now + connect_limit);
    return action::connect;
}

action session::fail(std::uint16_t code) {
    failure_code_ = code;
    failure_ = remedy(code, options_.intents);
    reason_ = judge_close(code).meaning;
    resume_.reset();
    return end(phase::fatal);
}

action session::end(gateway::phase last) {
    next_beat_ = never;
    enter(last, never);
    return action::end;
}

clock::duration session::backoff(clock::time_point now) {
    if (ready_since_ && now - *ready_since_ >= settled)
        failures_ = 0;
    ready_since_.reset();
    const auto failed = failures_++;
    if (fixed_delay_) {
        const auto delay = *fixed_delay_;
        fixed_delay_.reset();
        return delay;
    }
    if (failed == 0)
        return clock::duration::zero();
    return backoff_pause<clock::duration>(static_cast<int>(failed), 1s, backoff_cap, random_());
}

bool session::connected_phase() const {
    switch (phase_) {
    case phase::awaiting_hello:
    case phase::awaiting_permit:
    case phase::identifying:
    case phase::resuming:
    case phase::ready:
        return true;
    default:
        return false;
    }
}

void session::enter(gateway::phase next, clock::time_point deadline) {
    phase_ = next;
    phase_deadline_ = deadline;
}

} // namespace vagrolant::discord::gateway
