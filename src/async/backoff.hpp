#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace vagrolant {

/// The pause after the `failures`th failure in a row (from 1 on): `first`, doubled for each further one, at
/// most `last`; of which at least half is taken, and all as `random` comes close to 1 (from [0, 1)): whoever
/// failed together shall not come back together.
template <class Duration>
Duration backoff_pause(int failures, Duration first, Duration last, double random) {
    const auto doubled = first * (1LL << std::clamp(failures - 1, 0, 20));
    return std::chrono::duration_cast<Duration>(std::min<Duration>(doubled, last) * (0.5 + random / 2));
}

/// The same for who keeps no count of his own.
class backoff {
public:
    using duration = std::chrono::milliseconds;

    backoff(duration first, duration last)
        : first_(first)
        , last_(last) {}

    duration next() {
        std::uniform_real_distribution<double> any(0, 1);
        return backoff_pause(++failures_, first_, last_, any(random_));
    }

    void reset() { failures_ = 0; }

private:
    duration first_;
    duration last_;
    int failures_ = 0;
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace vagrolant
