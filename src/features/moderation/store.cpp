#include "features/moderation/store.hpp"

#include "db/transaction.hpp"

namespace vagrolant::moderation {

namespace {

constexpr db::statement list_all{"channel_locks_list", "SELECT channel_id FROM channel_locks"};
constexpr db::statement find_one{
    "channel_locks_find",
    "SELECT everyone_touched, everyone_exists, everyone_allow, everyone_deny, "
    "own_touched, own_exists, own_allow, own_deny FROM channel_locks WHERE channel_id = $1"};
constexpr db::statement save_one{
    "channel_locks_save",
    "INSERT INTO channel_locks (channel_id, guild_id, everyone_touched, everyone_exists, everyone_allow, "
    "everyone_deny, own_touched, own_exists, own_allow, own_deny) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (channel_id) DO UPDATE SET "
    "everyone_touched = excluded.everyone_touched, everyone_exists = excluded.everyone_exists, "
    "everyone_allow = excluded.everyone_allow, everyone_deny = excluded.everyone_deny, "
    "own_touched = excluded.own_touched, own_exists = excluded.own_exists, "
    "own_allow = excluded.own_allow, own_deny = excluded.own_deny"};
constexpr db::statement delete_one{"channel_locks_delete", "DELETE FROM channel_locks WHERE channel_id = $1"};

std::int64_t bits(discord::permissions some) {
    return static_cast<std::int64_t>(some.bits());
}

remembered read(const pqxx::row& row, pqxx::row::size_type from) {
    const auto set = [&row](pqxx::row::size_type column) {
        return discord::permissions::from_bits(static_cast<std::uint64_t>(row[column].as<std::int64_t>()));
    };
    return {.touched = set(from),
            .before = {.exists = row[from + 1].as<bool>(), .allow = set(from + 2), .deny = set(from + 3)}};
}

} // namespace

awaitable<void> lock_store::load() {
    const auto ids = co_await database_.run_single([](db::transaction& transaction) {
        std::vector<discord::channel_id> found;
        for (const auto& row : transaction.exec(list_all))
            found.emplace_back(row[0].as<std::uint64_t>());
        return found;
    });
    // What was saved meanwhile stays.
    locked_.insert(ids.begin(), ids.end());
    loaded_ = true;
}

awaitable<std::optional<lock_memory>> lock_store::find(discord::channel_id channel) {
    locked_.insert(channel);
    return database_.run_single(
        [id = channel.to_string()](db::transaction& transaction) -> std::optional<lock_memory> {
            const auto rows = transaction.exec(find_one, id);
            if (rows.empty())
                return std::nullopt;
            return lock_memory{.everyone = read(rows.front(), 0), .own = read(rows.front(), 4)};
        });
}

awaitable<void> lock_store::save(discord::guild_id guild, discord::channel_id channel, lock_memory memory) {
    locked_.insert(channel);
    return database_.run_single(
        [id = channel.to_string(), guild = guild.to_string(), memory](db::transaction& transaction) {
            const auto& [everyone, own] = memory;
            transaction.exec(save_one, id, guild, bits(everyone.touched), everyone.before.exists,
                             bits(everyone.before.allow), bits(everyone.before.deny), bits(own.touched),
                             own.before.exists, bits(own.before.allow), bits(own.before.deny));
        });
}

awaitable<void> lock_store::forget(discord::channel_id channel) {
    co_await database_.run_single(
        [id = channel.to_string()](db::transaction& transaction) { transaction.exec(delete_one, id); });
    locked_.erase(channel);
}

} // namespace vagrolant::moderation
