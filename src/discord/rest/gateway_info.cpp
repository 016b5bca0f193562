#include "discord/rest/gateway_info.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

gateway_info parse_gateway_info(json::value from) {
    gateway_info info;
    from.each_member([&info](std::string_view key, json::value value) {
        if (key == "url")
            parse::to(info.url, value);
        else if (key == "shards")
            parse::to(info.shards, value);
        else if (key == "session_start_limit")
            value.each_member([&info](std::string_view name, json::value number) {
                int wait = 0;
                if (name == "total")
                    parse::to(info.identifies_total, number);
                else if (name == "remaining")
                    parse::to(info.identifies_remaining, number);
                else if (name == "max_concurrency")
                    parse::to(info.max_concurrency, number);
                else if (name == "reset_after") {
                    parse::to(wait, number);
                    info.identifies_reset_after = std::chrono::milliseconds(wait);
                }
            });
    });
    if (info.url.empty() || info.shards < 1 || info.max_concurrency < 1)
        from.fail("lacks \"url\", \"shards\" or \"max_concurrency\"");
    return info;
}

} // namespace

awaitable<gateway_info> get_gateway_info(rest_client& client) {
    const auto response = co_await client.call({.path = "/gateway/bot"});
    co_return response.read(parse_gateway_info);
}

} // namespace vagrolant::discord
