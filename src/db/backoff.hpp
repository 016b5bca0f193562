#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace vagrolant::db {

/// Pauses that double from `first` to `last`. Each is between half of itself and all of it, so that programs
/// that lost the same server do not come back in step.
class backoff {
public:
    backoff(std::chrono::milliseconds first, std::chrono::milliseconds last)
        : first_(first)
        , last_(last)
        , next_(first) {}

    std::chrono::milliseconds next() {
        const auto full = next_;
        next_ = std::min(next_ * 2, last_);
        std::uniform_int_distribution<std::chrono::milliseconds::rep> pick(full.count() / 2, full.count());
        return std::chrono::milliseconds(pick(random_));
    }

    void reset() { next_ = first_; }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds last_;
    std::chrono::milliseconds next_;
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace vagrolant::db
