#pragma once

#include "features/voice_hubs/model.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

/// How long to wait before something that failed is tried again: 5 s, then twice as long each time up to 5
/// minutes; from the start once nothing has failed for twice as long as was waited last. What fails while it
/// is waited counts as the same failure.
class backoff {
public:
    std::chrono::seconds failed(time_point now) {
        using namespace std::chrono_literals;
        if (now < last_ + pause_)
            return pause_;
        pause_ = now < last_ + 3 * pause_ ? std::min<std::chrono::seconds>(2 * pause_, 300s) : 5s;
        last_ = now;
        return pause_;
    }

private:
    std::chrono::seconds pause_{0};
    time_point last_;
};

} // namespace vagrolant::voice_hubs
