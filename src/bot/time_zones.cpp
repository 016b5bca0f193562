#include "bot/time_zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vagrolant::bot {

namespace {

constexpr std::string_view zoneinfo = "/usr/share/zoneinfo";

// Country, coordinates and name, separated by tabs. (tz database, "zone.tab")
std::vector<std::string> read_zones() {
    std::vector<std::string> zones{"UTC"};
    std::ifstream file(fmt::format("{}/zone.tab", zoneinfo));
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string country;
        std::string place;
        std::string name;
        if (!line.starts_with('#') && fields >> country >> place >> name)
            zones.push_back(name);
    }
    std::ranges::sort(zones);
    return zones;
}

} // namespace

bool is_time_zone(std::string_view name) {
    const bool plain = !name.empty() && !name.contains("..") && !name.starts_with('/') &&
                       std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
    if (!plain)
        return false;
    // Among the zones lie tables of them.
    std::array<char, 4> magic{};
    std::error_code error;
    const auto path = fmt::format("{}/{}", zoneinfo, name);
    if (!std::filesystem::is_regular_file(path, error))
        return false;
    std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
    return std::string_view(magic.data(), magic.size()) == "TZif";
}

const std::vector<std::string>& time_zones() {
    static const auto zones = read_zones();
    return zones;
}

} // namespace vagrolant::bot
