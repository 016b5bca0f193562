#pragma once

#include <pqxx/pqxx>

#include <cstddef>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vagrolant::db {

/// What a statement on a `session` gave, read as libpqxx's results are: `for (const auto& row : rows)
/// row["id"].as<std::string>()`.
class rows {
public:
    class field {
    public:
        field(const PGresult* result, int row, int column)
            : result_(result)
            , row_(row)
            , column_(column) {}

        bool is_null() const { return PQgetisnull(result_, row_, column_) != 0; }
        const char* c_str() const { return PQgetvalue(result_, row_, column_); }

        /// Throws what libpqxx throws when the text is no `T`.
        template <class T>
        T as() const {
            T value{};
            pqxx::from_string(c_str(), value);
            return value;
        }

    private:
        const PGresult* result_;
        int row_;
        int column_;
    };

    class row {
    public:
        row(const PGresult* result, int number)
            : result_(result)
            , number_(number) {}

        field operator[](int column) const { return {result_, number_, column}; }
        /// Throws `std::invalid_argument` when there is no such column.
        field operator[](const char* column) const {
            const int found = PQfnumber(result_, column);
            if (found < 0)
                throw std::invalid_argument("no such column: " + std::string(column));
            return {result_, number_, found};
        }

    private:
        const PGresult* result_;
        int number_;
    };

    class iterator {
    public:
        using value_type = row;
        using difference_type = std::ptrdiff_t;

        iterator(const PGresult* result, int number)
            : result_(result)
            , number_(number) {}

        row operator*() const { return {result_, number_}; }
        iterator& operator++() {
            ++number_;
            return *this;
        }
        bool operator==(const iterator&) const = default;

    private:
        const PGresult* result_;
        int number_;
    };

    rows() = default;
    explicit rows(PGresult* result)
        : result_(result, &PQclear) {}

    std::size_t size() const { return static_cast<std::size_t>(count()); }
    bool empty() const { return count() == 0; }
    row operator[](int number) const { return {result_.get(), number}; }
    iterator begin() const { return {result_.get(), 0}; }
    iterator end() const { return {result_.get(), count()}; }

private:
    int count() const { return result_ ? PQntuples(result_.get()) : 0; }

    std::shared_ptr<PGresult> result_;
};

} // namespace vagrolant::db
