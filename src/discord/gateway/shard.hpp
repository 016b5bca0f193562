#pragma once

#include "async/event.hpp"
#include "discord/gateway/event_sink.hpp"
#include "discord/gateway/identify_gate.hpp"
#include "discord/gateway/inflate.hpp"
#include "discord/gateway/options.hpp"
#include "discord/gateway/send_limiter.hpp"
#include "discord/gateway/session.hpp"
#include "discord/gateway/websocket.hpp"
#include "json/reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vagrolant::discord::gateway {

/// Discord refuses for good; `what()` says what the operator has to change, and where.
class fatal_close : public std::runtime_error {
public:
    fatal_close(std::uint16_t code, const std::string& remedy)
        : std::runtime_error(remedy)
        , code_(code) {}

    std::uint16_t code() const { return code_; }

private:
    std::uint16_t code_;
};

/// One shard: does what its session machine says, over one connection after another. Loop thread only.
class shard {
public:
    /// Everything referred to outlives the shard.
    shard(const asio::any_io_executor& executor, const net::tls_trust& trust, event_sink& sink,
          identify_gate& gate, const gateway_options& options, std::uint32_t id,
          std::optional<resume_point> resume, std::function<double()> random);

    /// Stays connected until `stop`. Throws `fatal_close`.
    awaitable<void> run();

    /// `run` returns within `session::close_limit` and what a write in flight needs.
    void stop(bool resumable);

    /// See `session::renew`.
    void renew();

    /// Queues a command; sent when the shard is ready and the send limit allows.
    send_result send(std::string payload);

    std::uint32_t id() const { return id_; }
    bool ready() const { return session_.phase() == phase::ready; }
    const std::optional<resume_point>& resume() const { return session_.resume(); }
    /// Of the newest heartbeat; until one is acknowledged, of the connection's handshake.
    std::optional<clock::duration> latency() const {
        const auto of_heartbeat = session_.latency();
        return of_heartbeat ? of_heartbeat : handshake_;
    }

private:
    // However one of a connection's loops ends, the others end with it.
    struct hang_up_at_end {
        explicit hang_up_at_end(shard& whose)
            : whose_(whose) {}
        ~hang_up_at_end() { whose_.hang_up(); }
        hang_up_at_end(const hang_up_at_end&) = delete;
        hang_up_at_end& operator=(const hang_up_at_end&) = delete;
        shard& whose_;
    };

    awaitable<void> converse();
    awaitable<std::unique_ptr<websocket>> open(std::string url);
    awaitable<void> read_loop();
    awaitable<void> write_loop();
    awaitable<void> clock_loop();
    awaitable<void> wait_until_deadline();

    bool read_buffered(clock::time_point now);
    void on_message(std::string_view text, bool binary, clock::time_point now);
    void on_payload(std::string_view text, clock::time_point now);
    void pick_facts(message& in, json::value& root);
    void deliver(const message& in, json::value& root);
    void perform(action what, clock::time_point now);
    void transmit(std::string_view payload, clock::time_point now);
    void send_queued(clock::time_point now);
    void hang_up() noexcept;
    void rearm();
    void log_closed() const;
    std::string full_url() const;
    clock::time_point next_wake() const;

    asio::any_io_executor executor_;
    const net::tls_trust& trust_;
    event_sink& sink_;
    identify_gate& gate_;
    const gateway_options& options_;
    std::uint32_t id_;
    session session_;
    std::optional<clock::duration> handshake_;
    event changed_;
    asio::steady_timer clock_;

    std::unique_ptr<websocket> socket_;
    std::unique_ptr<inflater> inflater_;
    compression compression_;
    json::reader reader_;
    send_limiter limiter_;
    std::deque<std::string> commands_;
    clock::time_point commands_at_ = clock::time_point::max();
    std::optional<std::uint16_t> closed_with_;
    bool over_ = false;
};

} // namespace vagrolant::discord::gateway
