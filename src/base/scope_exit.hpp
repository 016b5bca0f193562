#pragma once

#include <utility>

namespace vagrolant {

/// Calls `leave` at the end of its scope, however that is left: by a return, an exception or a coroutine's
/// cancellation. `leave` must not throw.
template <class F>
class [[nodiscard]] scope_exit {
public:
    explicit scope_exit(F leave)
        : leave_(std::move(leave)) {}
    ~scope_exit() { leave_(); }
    scope_exit(const scope_exit&) = delete;
    scope_exit& operator=(const scope_exit&) = delete;

private:
    F leave_;
};

} // namespace vagrolant
