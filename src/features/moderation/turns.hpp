#pragma once

#include "async/event.hpp"

#include <memory>
#include <unordered_set>

namespace vagrolant::moderation {

/// One at a time for each key; the others wait. Loop thread only. Who waits bounds his wait himself, by the
/// time limit of what he does.
template <class Key>
class turns {
public:
    explicit turns(const asio::any_io_executor& executor)
        : changed_(executor) {}

    /// Over when it is destroyed.
    class turn {
    public:
        turn(turns& of, Key key)
            : of_(&of)
            , key_(key) {}
        turn(turn&& other) noexcept
            : of_(std::exchange(other.of_, nullptr))
            , key_(other.key_) {}
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (of_ != nullptr) {
                of_->taken_.erase(key_);
                of_->changed_.notify_all();
            }
        }

    private:
        turns* of_;
        Key key_;
    };

    awaitable<turn> take(Key key) {
        while (taken_.contains(key))
            co_await changed_.wait();
        taken_.insert(key);
        co_return turn(*this, key);
    }

private:
    event changed_;
    std::unordered_set<Key> taken_;
};

} // namespace vagrolant::moderation
