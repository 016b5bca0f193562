#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <sys/resource.h>

/// What a client of the gateway bench measures between asking for the flood and its last message, and prints.
class gateway_result {
public:
    void begin() {
        began_ = std::chrono::steady_clock::now();
        cpu_before_ = cpu();
    }

    void print(std::size_t events, bool in_order) const {
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began_;
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        std::printf("{\"events\":%zu,\"wall\":%.6f,\"cpu\":%.6f,\"rss\":%ld,\"inOrder\":%s}\n", events,
                    wall.count(), cpu() - cpu_before_, usage.ru_maxrss * 1024, in_order ? "true" : "false");
    }

private:
    static double cpu() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }

    std::chrono::steady_clock::time_point began_;
    double cpu_before_ = 0;
};
