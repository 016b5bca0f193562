#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace vagrolant::db {

/// Whether the database can be reached, said in the log once when it no longer can and once when it can
/// again, however many connect to it. Threads may share one.
class reachability {
public:
    /// `address` is for the log: without a password.
    explicit reachability(std::string address);

    /// Whether nobody fails to connect at present.
    bool reachable() const;

    /// One of those who connect. The database is gone when the first of them fails to, and back when all can.
    class witness {
    public:
        explicit witness(std::shared_ptr<reachability> shared);
        /// Who is gone fails no more.
        ~witness();
        witness(const witness&) = delete;
        witness& operator=(const witness&) = delete;

        void connected();
        void failed(std::string_view why);

    private:
        std::shared_ptr<reachability> shared_;
        bool failing_ = false;
    };

private:
    const std::string address_;
    mutable std::mutex mutex_;
    std::size_t failing_ = 0;
};

} // namespace vagrolant::db
