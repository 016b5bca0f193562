#include "features/voice_hubs/renames.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

time_point next_rename(std::span<const time_point> taken, time_point now) {
    if (taken.size() < names_per_window)
        return now;
    const auto free = taken[taken.size() - names_per_window] + rename_window + rename_margin;
    return std::max<time_point>(now, free);
}

time_point next_automatic_rename(std::span<const time_point> taken, time_point now) {
    const time_point settled = now + rename_settling;
    return taken.empty() ? settled
                         : std::max<time_point>(settled, taken.back() + rename_window + rename_margin);
}

void note_rename(std::vector<time_point>& taken, time_point now) {
    taken.push_back(now);
    if (taken.size() > names_per_window)
        taken.erase(taken.begin(), taken.end() - names_per_window);
}

} // namespace vagrolant::voice_hubs
