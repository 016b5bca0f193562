#include "bot/exposure.hpp"
#include "db/transaction.hpp"

namespace vagrolant::bot {

namespace {

constexpr db::statement open_sql{"commands_open", R"(
SELECT EXISTS (
    SELECT FROM pg_roles r, pg_class c
    WHERE r.rolname = $1 AND c.oid = 'commands'::regclass AND NOT c.relrowsecurity
        AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
        AND (has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE') OR has_table_privilege(r.oid, c.oid, 'DELETE')))
)"};

} // namespace

awaitable<bool> may_write_commands(db::pool& database, std::string role) {
    return database.run_single([role = std::move(role)](db::transaction& transaction) {
        return transaction.exec(open_sql, role)[0][0].as<bool>();
    });
}

} // namespace vagrolant::bot
