#include "discord/gateway/shard.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "discord/gateway/payloads.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <utility>

namespace vagrolant::discord::gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_commands = 500;

compression weaker(compression how) {
    return how == compression::zstd_stream ? compression::zlib_stream : compression::none;
}

// A WebSocket's address that does not take the token out of TLS.
bool may_resume_at(std::string_view theirs, std::string_view general) {
    const auto scheme = text::to_lower_ascii(theirs.substr(0, theirs.find(':')));
    const auto parsed = net::parse_url(theirs);
    const auto usual = net::parse_url(general);
    return (scheme == "wss" || scheme == "ws") && parsed && usual &&
           (parsed->endpoint.tls || !usual->endpoint.tls);
}

std::optional<resume_point> checked(std::optional<resume_point> left, std::string_view general) {
    if (left && !may_resume_at(left->url, general))
        left->url.clear();
    return left;
}

} // namespace

shard::shard(const asio::any_io_executor& executor, const net::tls_trust& trust, event_sink& sink,
             identify_gate& gate, const gateway_options& options, std::uint32_t id,
             std::optional<resume_point> resume, std::function<double()> random)
    : executor_(executor)
    , trust_(trust)
    , sink_(sink)
    , gate_(gate)
    , options_(options)
    , id_(id)
    , session_({.url = options.url,
                .shard = id,
                .shard_count = options.shard_count,
                .intents = options.intents,
                .resume = checked(std::move(resume), options.url)},
               std::move(random))
    , changed_(executor)
    , clock_(executor)
    , compression_(options.compression) {}

awaitable<void> shard::run() {
    perform(session_.start(clock::now()), clock::now());
    while (!session_.over()) {
        if (session_.phase() == phase::connecting) {
            co_await converse();
        } else {
            co_await wait_until_deadline();
        }
    }
    if (session_.phase() == phase::fatal)
        throw fatal_close(session_.failure_code().value_or(0), session_.failure());
}

void shard::stop(bool resumable) {
    const auto now = clock::now();
    perform(session_.stop(resumable, now), now);
    changed_.notify_all();
    rearm();
}

void shard::renew() {
    const auto now = clock::now();
    perform(session_.renew(now), now);
    rearm();
}

send_result shard::send(std::string payload) {
    if (payload.size() > max_payload_bytes)
        return send_result::too_large;
    if (commands_.size() >= max_commands)
        return send_result::full;
    commands_.push_back(std::move(payload));
    send_queued(clock::now());
    rearm();
    return send_result::queued;
}

awaitable<void> shard::wait_until_deadline() {
    const auto now = clock::now();
    // A notification is a stop; whatever woke us, the machine knows whether its time has come.
    if (now < session_.deadline())
        co_await changed_.wait_for(session_.deadline() - now);
    const auto after = clock::now();
    perform(session_.timeout(after), after);
}

// One connection, from opening it until it is gone.
awaitable<void> shard::converse() {
    closed_with_.reset();
    std::string failure;
    auto opening =
        asio::experimental::make_parallel_group(asio::co_spawn(executor_, open(full_url()), asio::deferred),
                                                asio::co_spawn(executor_, changed_.wait(), asio::deferred));
    auto [order, open_failure, opened, stop_failure] =
        co_await opening.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (!open_failure) {
        socket_ = std::move(opened);
    } else if (!session_.over()) {
        try {
            std::rethrow_exception(open_failure);
        } catch (const net::network_error& error) {
            failure = error.what();
        } catch (const deadline_exceeded& error) {
            failure = error.what();
        }
        log::warning("gateway cannot connect", {{"shard", id_}, {"error", failure}});
    }

    if (socket_ && session_.phase() == phase::connecting) {
        over_ = false;
        limiter_ = {};
        inflater_ = make_inflater(compression_, options_.max_message);
        perform(session_.connected(clock::now()), clock::now());
        log::info("gateway connected",
                  {{"shard", id_}, {"compress", inflater_ ? to_string(compression_) : "none"}});
        auto talking =
            asio::experimental::make_parallel_group(asio::co_spawn(executor_, read_loop(), asio::deferred),
                                                    asio::co_spawn(executor_, write_loop(), asio::deferred),
                                                    asio::co_spawn(executor_, clock_loop(), asio::deferred));
        const auto [ended, read_failure, write_failure, clock_failure] =
            co_await talking.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
        for (const auto& one : {read_failure, write_failure, clock_failure}) {
            if (one)
                std::rethrow_exception(one);
        }
    }
    socket_.reset();
    inflater_.reset();
    const auto now = clock::now();
    const auto next = session_.closed(closed_with_, now);
    log_closed();
    perform(next, now);
}

awaitable<std::unique_ptr<websocket>> shard::open(std::string url) {
    const auto where = net::parse_url(url);
    if (!where)
        throw net::network_error("gateway: not an address: " + url);
    auto stream = co_await net::connect(where->endpoint, trust_, session::connect_limit / 2);
    auto opened = std::make_unique<websocket>(std::move(stream), executor_, options_.max_message);
    const auto asked = clock::now();
    co_await with_deadline("gateway: WebSocket handshake", session::connect_limit / 2,
                           opened->shake_hands(net::host_header(where->endpoint), where->target));
    handshake_ = clock::now() - asked;
    co_return opened;
}

awaitable<void> shard::read_loop() {
    const hang_up_at_end end(*this);
    try {
        bool open = true;
        while (open) {
            open = read_buffered(clock::now());
            if (open)
                open = co_await socket_->receive();
        }
        co_await with_deadline("gateway: closing", 1s, socket_->written());
    } catch (const net::network_error& error) {
        log::debug("gateway read failed", {{"shard", id_}, {"error", error.what()}});
    } catch (const deadline_exceeded&) {
        log::debug("gateway did not take the close frame", {{"shard", id_}});
    }
}

// Works off what one read brought, at most the receive buffer's size, without going back to the loop; false
// at the end of the conversation.
bool shard::read_buffered(clock::time_point now) {
    for (;;) {
        const auto in = socket_->next();
        switch (in.what) {
        case incoming::kind::nothing:
            rearm();
            return true;
        case incoming::kind::close:
            closed_with_ = in.code;
            return false;
        case incoming::kind::violation:
            log::warning("gateway broke the WebSocket protocol", {{"shard", id_}, {"how", in.data}});
            perform(session_.malformed(now), now);
            return false;
        default:
            on_message(in.data, in.what == incoming::kind::binary, now);
        }
    }
}

awaitable<void> shard::write_loop() {
    const hang_up_at_end end(*this);
    try {
        co_await socket_->write_out();
    } catch (const net::network_error& error) {
        log::debug("gateway write failed", {{"shard", id_}, {"error", error.what()}});
    }
}

// Calls the machine when its time has come, and sends commands when the limit lets them through.
awaitable<void> shard::clock_loop() {
    const hang_up_at_end end(*this);
    while (!over_) {
        clock_.expires_at(next_wake());
        co_await clock_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (over_)
            break;
        const auto now = clock::now();
        perform(session_.timeout(now), now);
        send_queued(now);
    }
}

void shard::hang_up() noexcept {
    over_ = true;
    socket_->cut();
    clock_.cancel();
}

// A change of plan wakes the clock loop.
void shard::rearm() {
    if (next_wake() != clock_.expiry())
        clock_.cancel();
}

clock::time_point shard::next_wake() const {
    return std::min(session_.deadline(), commands_at_);
}

void shard::on_message(std::string_view text, bool binary, clock::time_point now) {
    // What comes after our close frame is replayed to the next connection.
    if (session_.phase() == phase::closing)
        return;
    if (!binary || !inflater_) {
        on_payload(text, now);
        return;
    }
    std::optional<std::string_view> inflated;
    try {
        inflated = inflater_->feed(text);
    } catch (const inflate_error& error) {
        compression_ = weaker(compression_);
        log::warning("gateway sent what cannot be inflated",
                     {{"shard", id_}, {"error", error.what()}, {"next", to_string(compression_)}});
        perform(session_.malformed(now), now);
        return;
    }
    if (inflated)
        on_payload(*inflated, now);
}

void shard::on_payload(std::string_view text, clock::time_point now) {
    message in;
    action next = action::none;
    try {
        // Discord writes t, s, op, d in this order: found at once, without looking at the body.
        auto root = reader_.parse_in_place(text);
        if (auto name = root.find("t"))
            in.name = name->string();
        if (auto sequence = root.find("s"))
            in.sequence = sequence->unsigned_integer();
        in.op = static_cast<opcode>(std::min<std::uint64_t>(root["op"].unsigned_integer(), UINT8_MAX));
        if (in.op == opcode::dispatch && in.name != "READY") {
            if (in.name.empty())
                throw json::parse_error("t", "a dispatch without a name");
            next = session_.receive(in, now);
            if (next == action::deliver)
                deliver(in, root);
            return;
        }
        pick_facts(in, root);
        next = session_.receive(in, now);
    } catch (const json::parse_error& error) {
        log::warning("gateway message is malformed", {{"shard", id_}, {"error", error.what()}});
        perform(session_.malformed(now), now);
        return;
    }
    if (next == action::deliver) {
        // The facts have been read; the subscribers read from the beginning.
        in.name = "READY";
        auto root = reader_.parse_in_place(text);
        deliver(in, root);
    } else {
        perform(next, now);
    }
}

void shard::pick_facts(message& in, json::value& root) {
    switch (in.op) {
    case opcode::hello:
        in.heartbeat_interval = std::chrono::milliseconds(
            std::clamp<std::int64_t>(root["d"]["heartbeat_interval"].integer(), 0, INT32_MAX));
        limiter_.keep_for_heartbeats(in.heartbeat_interval);
        break;
    case opcode::invalid_session:
        in.resumable = root["d"].boolean();
        break;
    case opcode::dispatch: {
        auto data = root["d"];
        in.session_id = data["session_id"].string();
        if (auto url = data.find("resume_gateway_url")) {
            const auto address = url->string();
            if (may_resume_at(address, options_.url))
                in.resume_url = address;
        }
        std::size_t guilds = 0;
        data["guilds"].each([&](json::value) { ++guilds; });
        log::info("gateway ready",
                  {{"shard", id_}, {"session", in.session_id}, {"guilds", guilds}, {"resumed", false}});
        break;
    }
    default:
        break;
    }
}

void shard::deliver(const message& in, json::value& root) {
    if (in.name == "READY" || in.name == "RESUMED") {
        if (in.name == "RESUMED")
            log::info("gateway ready",
                      {{"shard", id_}, {"session", session_.resume()->session_id}, {"resumed", true}});
        send_queued(clock::now());
    }
    if (!sink_.wants(in.name))
        return;
    try {
        sink_.on_dispatch(
            {.shard = id_, .sequence = in.sequence.value_or(0), .name = in.name, .data = root["d"]});
    } catch (const std::exception& error) {
        log::warning("gateway event not understood",
                     {{"shard", id_}, {"event", in.name}, {"error", error.what()}});
    }
}

void shard::perform(action what, clock::time_point now) {
    switch (what) {
    case action::none:
    case action::connect: // run() sees to it
    case action::deliver: // on_payload() has the body
    case action::end:
        break;
    case action::reserve_identify: {
        const auto from = gate_.reserve(id_, now);
        if (from - now > 30s)
            log::warning("gateway waits for permission to identify",
                         {{"shard", id_},
                          {"seconds", std::chrono::duration_cast<std::chrono::seconds>(from - now).count()},
                          {"left_today", gate_.remaining()}});
        perform(session_.permit(from, now), now);
        break;
    }
    case action::send_heartbeat:
        transmit(heartbeat_payload(session_.sequence()), now);
        break;
    case action::send_identify:
        gate_.spend(id_, now);
        transmit(identify_payload({.token = options_.token,
                                   .intents = options_.intents,
                                   .shard = id_,
                                   .shard_count = options_.shard_count,
                                   .large_threshold = options_.large_threshold,
                                   .presence = options_.presence}),
                 now);
        break;
    case action::send_resume:
        transmit(resume_payload(options_.token, *session_.resume()), now);
        break;
    case action::close:
        log::info("gateway closing",
                  {{"shard", id_}, {"code", session_.close_code()}, {"reason", session_.reason()}});
        socket_->close(session_.close_code());
        break;
    case action::cut:
        if (socket_)
            hang_up();
        break;
    }
}

void shard::transmit(std::string_view payload, clock::time_point now) {
    limiter_.sent(now);
    socket_->send(payload);
}

void shard::send_queued(clock::time_point now) {
    commands_at_ = clock::time_point::max();
    while (ready() && !commands_.empty()) {
        const auto at = limiter_.ready_at(now);
        if (at > now) {
            commands_at_ = at;
            break;
        }
        transmit(commands_.front(), now);
        commands_.pop_front();
    }
}

void shard::log_closed() const {
    const auto code = closed_with_ ? std::to_string(*closed_with_) : "none";
    switch (session_.phase()) {
    case phase::fatal:
        log::error(
            "gateway closed for good",
            {{"shard", id_}, {"code", code}, {"reason", session_.reason()}, {"remedy", session_.failure()}});
        break;
    case phase::stopped:
        log::info("gateway closed", {{"shard", id_}, {"code", code}, {"resumable", resume().has_value()}});
        break;
    default: {
        const auto delay = session_.phase() == phase::backing_off ? session_.deadline() - clock::now()
                                                                  : clock::duration::zero();
        log::info("gateway closed",
                  {{"shard", id_},
                   {"code", code},
                   {"reason", session_.reason()},
                   {"then", resume() ? "resume" : "identify"},
                   {"in_ms", std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()}});
    }
    }
}

std::string shard::full_url() const {
    std::string url = session_.connect_url();
    url += url.contains('?') ? '&' : '?';
    url += "v=10&encoding=json";
    if (compression_ != compression::none) {
        url += "&compress=";
        url += to_string(compression_);
    }
    return url;
}

} // namespace vagrolant::discord::gateway
