#include "db/reachability.hpp"

#include "base/log.hpp"

#include <utility>

namespace vagrolant::db {

reachability::reachability(std::string address)
    : address_(std::move(address)) {}

bool reachability::reachable() const {
    const std::scoped_lock lock(mutex_);
    return failing_ == 0;
}

reachability::witness::witness(std::shared_ptr<reachability> shared)
    : shared_(std::move(shared)) {}

reachability::witness::~witness() {
    const std::scoped_lock lock(shared_->mutex_);
    if (failing_)
        --shared_->failing_;
}

void reachability::witness::connected() {
    const std::scoped_lock lock(shared_->mutex_);
    if (!std::exchange(failing_, false))
        return;
    if (--shared_->failing_ == 0)
        log::info("database is back", {{"address", shared_->address_}});
}

void reachability::witness::failed(std::string_view why) {
    const std::scoped_lock lock(shared_->mutex_);
    if (std::exchange(failing_, true))
        return;
    if (shared_->failing_++ == 0)
        log::warning("database unreachable", {{"address", shared_->address_}, {"error", why}});
}

} // namespace vagrolant::db
