#include "discord/rest/request.hpp"

#include <algorithm>
#include <ranges>

namespace vagrolant::discord {

namespace {

bool is_id(std::string_view segment) {
    return !segment.empty() && std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string_view to_string(http_method method) {
    switch (method) {
    case http_method::get:
        return "GET";
    case http_method::post:
        return "POST";
    case http_method::put:
        return "PUT";
    case http_method::patch:
        return "PATCH";
    case http_method::del:
        return "DELETE";
    }
    return "";
}

rest_route route_of(http_method method, std::string_view path) {
    rest_route route{std::string(to_string(method)) + ' ', {}};
    std::string_view top;
    std::size_t position = 0;
    for (const auto part : path.substr(0, path.find('?')) | std::views::split('/') | std::views::drop(1)) {
        const std::string_view segment(part.begin(), part.end());
        const bool tokens = top == "webhooks" || top == "interactions";
        if (position == 0)
            top = segment;
        if (position == 1 && (top == "channels" || top == "guilds" || tokens)) {
            route.major = segment;
            route.name += "/{id}";
        } else if (position == 2 && tokens) {
            route.major += '/' + std::string(segment);
            route.name += "/{token}";
        } else {
            route.name += is_id(segment) ? "/{id}" : '/' + std::string(segment);
        }
        ++position;
    }
    return route;
}

} // namespace vagrolant::discord
