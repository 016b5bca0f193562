#include "features/voice_hubs/store.hpp"

#include "db/transaction.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/channel_edit.hpp"
#include "features/voice_hubs/stored_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vagrolant::voice_hubs {

namespace {

using db::statement;
using db::transaction;

constexpr statement select_hubs{"voice_hubs_select", R"(
SELECT channel_id, guild_id, name_template, default_mode, user_limit, bitrate, region, category_id,
    overflow_categories, position, permissions_from, template_channel_id, empty_grace, owner_leaves, keep_for,
    return_window, allowed_roles, max_rooms, member_per_minute, guild_per_minute, log_channel_id, remember,
    floor(extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM voice_hubs ORDER BY created_at, channel_id)"};

// With the parameters of the one below.
constexpr statement update_hub{"voice_hubs_update", R"(
UPDATE voice_hubs SET name_template = $3, default_mode = $4, user_limit = $5, bitrate = $6, region = $7,
    category_id = $8, overflow_categories = $9::bigint[], position = $10, permissions_from = $11,
    template_channel_id = $12, empty_grace = $13, owner_leaves = $14, keep_for = $15, return_window = $16,
    allowed_roles = $17::bigint[], max_rooms = $18, member_per_minute = $19, guild_per_minute = $20,
    log_channel_id = $21, remember = $22, created_at = to_timestamp($23::bigint / 1000.0)
WHERE channel_id = $1 AND guild_id = $2)"};

constexpr statement upsert_hub{"voice_hubs_upsert", R"(
INSERT INTO voice_hubs (channel_id, guild_id, name_template, default_mode, user_limit, bitrate, region,
    category_id, overflow_categories, position, permissions_from, template_channel_id, empty_grace,
    owner_leaves, keep_for, return_window, allowed_roles, max_rooms, member_per_minute, guild_per_minute,
    log_channel_id, remember, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint[], $10, $11, $12, $13, $14, $15, $16, $17::bigint[], $18,
    $19, $20, $21, $22, to_timestamp($23::bigint / 1000.0))
ON CONFLICT (channel_id) DO UPDATE SET
    name_template = excluded.name_template, default_mode = excluded.default_mode,
    user_limit = excluded.user_limit, bitrate = excluded.bitrate, region = excluded.region,
    category_id = excluded.category_id, overflow_categories = excluded.overflow_categories,
    position = excluded.position, permissions_from = excluded.permissions_from,
    template_channel_id = excluded.template_channel_id, empty_grace = excluded.empty_grace,
    owner_leaves = excluded.owner_leaves, keep_for = excluded.keep_for,
    return_window = excluded.return_window, allowed_roles = excluded.allowed_roles,
    max_rooms = excluded.max_rooms, member_per_minute = excluded.member_per_minute,
    guild_per_minute = excluded.guild_per_minute, log_channel_id = excluded.log_channel_id,
    remember = excluded.remember)"};

constexpr statement delete_hub_sql{"voice_hubs_delete", R"(
WITH gone AS (DELETE FROM voice_hubs WHERE channel_id = $1 RETURNING *)
UPDATE voice_rooms SET empty_grace = gone.empty_grace, owner_leaves = gone.owner_leaves,
    keep_for = gone.keep_for, return_window = gone.return_window
FROM gone WHERE voice_rooms.hub_id = gone.channel_id)"};

constexpr statement select_rooms{"voice_rooms_select", R"(
SELECT id, guild_id, hub_id, channel_id, owner_id, creator_id, number, name, chosen_name, mode,
    allowed_members, allowed_roles, blocked_members, blocked_roles, user_limit, bitrate, region,
    panel_channel_id, panel_message_id, former_owner_id, pending_name, remembered,
    given_up_at IS NOT NULL AS given_up, source::text AS source, empty_grace, owner_leaves, keep_for,
    return_window,
    floor(extract(epoch FROM created_at) * 1000)::bigint AS created_at,
    floor(extract(epoch FROM empty_since) * 1000)::bigint AS empty_since,
    floor(extract(epoch FROM owner_left_at) * 1000)::bigint AS owner_left_at,
    floor(extract(epoch FROM former_owner_left_at) * 1000)::bigint AS former_owner_left_at,
    floor(extract(epoch FROM pending_name_at) * 1000)::bigint AS pending_name_at,
    ARRAY(SELECT floor(extract(epoch FROM at) * 1000)::bigint FROM unnest(renamed_at) AS at) AS renamed_at
FROM voice_rooms
WHERE $1::bigint IS NULL OR (hub_id = $1 AND owner_id = $2 AND given_up_at IS NULL)
ORDER BY id)"};

// The commit does not wait for the disk: should the database server itself crash before it gets there, a
// channel may stay that nobody knows of; should only this process crash, nothing is lost. It is one
// statement, as somebody waits for his room.
constexpr statement begin_room_sql{"voice_rooms_begin", R"(
WITH remembered AS (
    SELECT * FROM voice_preferences WHERE $15 AND hub_id = $2 AND user_id = $3
), draft AS (
    SELECT CASE WHEN coalesce(r.chosen_name, '') <> '' THEN r.chosen_name ELSE $5 END AS name,
        coalesce(r.chosen_name, '') AS chosen_name, coalesce(r.mode, $6) AS mode,
        coalesce(r.allowed_members, $7::bigint[]) AS allowed_members,
        coalesce(r.allowed_roles, $8::bigint[]) AS allowed_roles,
        coalesce(r.blocked_members, $9::bigint[]) AS blocked_members,
        coalesce(r.blocked_roles, $10::bigint[]) AS blocked_roles,
        coalesce(r.user_limit, $11) AS user_limit, coalesce(r.bitrate, $12) AS bitrate,
        coalesce(r.region, $13) AS region
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick LEFT JOIN remembered AS r ON true
)
INSERT INTO voice_rooms (guild_id, hub_id, owner_id, creator_id, number, name, chosen_name, mode,
    allowed_members, allowed_roles, blocked_members, blocked_roles, user_limit, bitrate, region, created_at,
    renamed_at)
SELECT $1, $2, $3, $3, $4, name, chosen_name, mode, allowed_members, allowed_roles, blocked_members,
    blocked_roles, user_limit, bitrate, region, to_timestamp($14::bigint / 1000.0), '{}'
FROM draft
ON CONFLICT DO NOTHING
RETURNING id, name, chosen_name, mode, allowed_members, allowed_roles, blocked_members, blocked_roles,
    user_limit, bitrate, region)"};

constexpr statement has_room{"voice_rooms_has",
                             "SELECT 1 FROM voice_rooms WHERE hub_id = $1 AND owner_id = $2 AND "
                             "given_up_at IS NULL"};

constexpr statement save_room_sql{"voice_rooms_save", R"(
UPDATE voice_rooms SET channel_id = $2, owner_id = $3, name = $4, chosen_name = $5, mode = $6,
    allowed_members = $7::bigint[], allowed_roles = $8::bigint[], blocked_members = $9::bigint[],
    blocked_roles = $10::bigint[], user_limit = $11, bitrate = $12, region = $13, panel_channel_id = $14,
    panel_message_id = $15, empty_since = to_timestamp($16::bigint / 1000.0),
    owner_left_at = to_timestamp($17::bigint / 1000.0), former_owner_id = $18,
    former_owner_left_at = to_timestamp($19::bigint / 1000.0), pending_name = $20,
    pending_name_at = to_timestamp($21::bigint / 1000.0),
    renamed_at = ARRAY(SELECT to_timestamp(at / 1000.0) FROM unnest($22::bigint[]) AS at), number = $23,
    remembered = $24, source = $25::jsonb, given_up_at = NULL
WHERE id = $1)"};

constexpr statement delete_room_sql{"voice_rooms_delete", "DELETE FROM voice_rooms WHERE id = $1"};

constexpr statement give_up_sql{"voice_rooms_give_up",
                                "UPDATE voice_rooms SET given_up_at = now() WHERE id = $1 AND channel_id "
                                "IS NULL"};

// Locked, or a hub that is deleted at this moment would make an error of it.
constexpr statement remember_sql{"voice_preferences_put", R"(
INSERT INTO voice_preferences (hub_id, user_id, chosen_name, mode, allowed_members, allowed_roles,
    blocked_members, blocked_roles, user_limit, bitrate, region)
SELECT $1, $2, $3, $4, $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9, $10, $11
FROM voice_hubs WHERE channel_id = $1 FOR KEY SHARE
ON CONFLICT (hub_id, user_id) DO UPDATE SET
    chosen_name = coalesce(excluded.chosen_name, voice_preferences.chosen_name),
    mode = coalesce(excluded.mode, voice_preferences.mode),
    allowed_members = coalesce(excluded.allowed_members, voice_preferences.allowed_members),
    allowed_roles = coalesce(excluded.allowed_roles, voice_preferences.allowed_roles),
    blocked_members = coalesce(excluded.blocked_members, voice_preferences.blocked_members),
    blocked_roles = coalesce(excluded.blocked_roles, voice_preferences.blocked_roles),
    user_limit = coalesce(excluded.user_limit, voice_preferences.user_limit),
    bitrate = coalesce(excluded.bitrate, voice_preferences.bitrate),
    region = coalesce(excluded.region, voice_preferences.region), updated_at = now())"};

constexpr statement forget_sql{"voice_preferences_delete",
                               "DELETE FROM voice_preferences WHERE hub_id = $1 AND user_id = $2"};

constexpr statement select_silences{"voice_silences_select",
                                    "SELECT guild_id, user_id, channel_id FROM voice_silences"};
constexpr statement put_silence_sql{"voice_silences_put", R"(
INSERT INTO voice_silences (guild_id, user_id, channel_id) VALUES ($1, $2, $3)
ON CONFLICT (guild_id, user_id) DO UPDATE SET channel_id = excluded.channel_id)"};
constexpr statement delete_silence_sql{"voice_silences_delete",
                                       "DELETE FROM voice_silences WHERE guild_id = $1 AND user_id = $2"};

using sql_id = std::optional<std::int64_t>;

std::int64_t signed_id(std::uint64_t id) {
    return static_cast<std::int64_t>(id);
}

template <class Tag>
std::int64_t to_sql(snowflake<Tag> id) {
    return signed_id(id.value());
}

template <class Tag>
sql_id nullable(snowflake<Tag> id) {
    return id ? sql_id(to_sql(id)) : std::nullopt;
}

std::int64_t to_sql(time_point when) {
    return when.time_since_epoch().count();
}

sql_id nullable(const std::optional<time_point>& when) {
    return when ? sql_id(to_sql(*when)) : std::nullopt;
}

template <class Range, class Project>
std::string array_of(const Range& all, Project project) {
    std::vector<std::int64_t> numbers;
    for (const auto& one : all)
        numbers.push_back(project(one));
    return fmt::format("{{{}}}", fmt::join(numbers, ","));
}

template <class Tag>
std::string array_of(const std::vector<snowflake<Tag>>& ids) {
    return array_of(ids, [](snowflake<Tag> id) { return to_sql(id); });
}

std::string array_of(const std::vector<subject>& list, discord::overwrite_type type) {
    std::vector<std::int64_t> numbers;
    for (const auto& one : list) {
        if (one.type == type)
            numbers.push_back(signed_id(one.id));
    }
    return fmt::format("{{{}}}", fmt::join(numbers, ","));
}

std::optional<std::string> json_of(const std::optional<std::vector<discord::overwrite>>& some) {
    if (!some)
        return std::nullopt;
    json::array all;
    for (const auto& one : *some)
        all.push_back(discord::to_json(one));
    return json::serialize(all);
}

std::vector<discord::overwrite> read_overwrites(std::string_view text) {
    std::vector<discord::overwrite> read;
    json::reader reader;
    reader.parse(text).each([&read](json::value one) { read.push_back(discord::parse_overwrite(one)); });
    return read;
}

// "{1,2}", as PostgreSQL writes an array of numbers.
template <class Field>
std::vector<std::int64_t> numbers_of(const Field& field) {
    std::vector<std::int64_t> numbers;
    pqxx::array_parser parser(field.c_str());
    for (auto [juncture, text] = parser.get_next(); juncture != pqxx::array_parser::done;
         std::tie(juncture, text) = parser.get_next()) {
        if (juncture == pqxx::array_parser::string_value)
            numbers.push_back(std::stoll(text));
    }
    return numbers;
}

template <class Id>
Id id_of(const pqxx::field& field) {
    return field.is_null() ? Id() : Id(static_cast<std::uint64_t>(field.as<std::int64_t>()));
}

template <class Id, class Field>
std::vector<Id> ids_of(const Field& field) {
    std::vector<Id> ids;
    for (const auto one : numbers_of(field))
        ids.push_back(Id(static_cast<std::uint64_t>(one)));
    return ids;
}

time_point time_of(std::int64_t ms) {
    return time_point(std::chrono::milliseconds(ms));
}

std::optional<time_point> time_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(time_of(field.as<std::int64_t>()));
}

template <class Field>
void read_subjects(std::vector<subject>& into, const Field& members, const Field& roles) {
    for (const auto one : ids_of<user_id>(members))
        into.push_back(subject::of(one));
    for (const auto one : ids_of<role_id>(roles))
        into.push_back(subject::of(one));
}

hub read_hub(const pqxx::row& row) {
    hub read{.channel = id_of<channel_id>(row["channel_id"]),
             .guild = id_of<guild_id>(row["guild_id"]),
             .settings = {},
             .created = time_of(row["created_at"].as<std::int64_t>())};
    auto& settings = read.settings;
    settings.name_template = row["name_template"].as<std::string>();
    settings.default_mode = enum_value<room_mode>(row["default_mode"].c_str()).value_or(room_mode::open);
    settings.user_limit = row["user_limit"].as<int>();
    settings.bitrate = row["bitrate"].as<int>();
    settings.region = row["region"].as<std::string>();
    settings.category = id_of<channel_id>(row["category_id"]);
    settings.overflow_categories = ids_of<channel_id>(row["overflow_categories"]);
    settings.position = enum_value<room_position>(row["position"].c_str()).value_or(room_position::below);
    settings.permissions_from =
        enum_value<permission_source>(row["permissions_from"].c_str()).value_or(permission_source::hub);
    settings.template_channel = id_of<channel_id>(row["template_channel_id"]);
    settings.empty_grace = std::chrono::seconds(row["empty_grace"].as<int>());
    settings.owner_leaves =
        enum_value<owner_policy>(row["owner_leaves"].c_str()).value_or(owner_policy::keep);
    settings.keep_for = std::chrono::seconds(row["keep_for"].as<int>());
    settings.return_window = std::chrono::seconds(row["return_window"].as<int>());
    settings.allowed_roles = ids_of<role_id>(row["allowed_roles"]);
    settings.max_rooms = row["max_rooms"].as<int>();
    settings.member_per_minute = row["member_per_minute"].as<int>();
    settings.guild_per_minute = row["guild_per_minute"].as<int>();
    settings.log_channel = id_of<channel_id>(row["log_channel_id"]);
    settings.remember = row["remember"].as<bool>();
    return read;
}

template <class Row>
room_settings read_settings(const Row& row) {
    room_settings read{.mode = enum_value<room_mode>(row["mode"].c_str()).value_or(room_mode::open),
                       .lists = {},
                       .user_limit = row["user_limit"].template as<int>(),
                       .bitrate = row["bitrate"].template as<int>(),
                       .region = row["region"].template as<std::string>(),
                       .name = row["chosen_name"].template as<std::string>()};
    read_subjects(read.lists.allowed, row["allowed_members"], row["allowed_roles"]);
    read_subjects(read.lists.blocked, row["blocked_members"], row["blocked_roles"]);
    return read;
}

template <class Row>
stored_room read_begun(const Row& row, const room& draft) {
    stored_room begun{.row = row["id"].template as<std::int64_t>(), .room = draft};
    begun.room.settings = read_settings(row);
    begun.room.name = row["name"].template as<std::string>();
    return begun;
}

stored_room read_room(const pqxx::row& row) {
    stored_room read{.row = row["id"].as<std::int64_t>(), .room = {}, .given_up = row["given_up"].as<bool>()};
    auto& room = read.room;
    room.channel = id_of<channel_id>(row["channel_id"]);
    room.guild = id_of<guild_id>(row["guild_id"]);
    room.hub = id_of<channel_id>(row["hub_id"]);
    room.owner = id_of<user_id>(row["owner_id"]);
    room.creator = id_of<user_id>(row["creator_id"]);
    room.settings = read_settings(row);
    room.name = row["name"].as<std::string>();
    room.number = row["number"].as<int>();
    room.created = time_of(row["created_at"].as<std::int64_t>());
    if (!row["panel_channel_id"].is_null()) {
        room.panel = panel_message{.channel = id_of<channel_id>(row["panel_channel_id"]),
                                   .message = id_of<message_id>(row["panel_message_id"])};
    }
    room.empty_since = time_of(row["empty_since"]);
    room.owner_left_at = time_of(row["owner_left_at"]);
    room.former_owner = id_of<user_id>(row["former_owner_id"]);
    room.former_owner_left_at = time_of(row["former_owner_left_at"]);
    if (const auto at = time_of(row["pending_name_at"]))
        room.rename = pending_rename{.name = row["pending_name"].as<std::string>(), .applies_at = *at};
    for (const auto one : numbers_of(row["renamed_at"]))
        room.renamed_at.push_back(time_of(one));
    room.remembered = row["remembered"].as<bool>();
    if (!row["source"].is_null())
        room.source = read_overwrites(row["source"].c_str());
    if (!row["empty_grace"].is_null()) {
        auto& last = room.last_settings.emplace();
        last.empty_grace = std::chrono::seconds(row["empty_grace"].as<int>());
        last.owner_leaves =
            enum_value<owner_policy>(row["owner_leaves"].c_str()).value_or(owner_policy::keep);
        last.keep_for = std::chrono::seconds(row["keep_for"].as<int>());
        last.return_window = std::chrono::seconds(row["return_window"].as<int>());
    }
    return read;
}

constexpr auto member = discord::overwrite_type::member;
constexpr auto role = discord::overwrite_type::role;

} // namespace

awaitable<stored_state> store::load() {
    return database_.run([](transaction& work) {
        stored_state state;
        for (const auto row : work.exec(select_hubs))
            state.hubs.push_back(read_hub(row));
        for (const auto row : work.exec(select_rooms, sql_id(), sql_id()))
            state.rooms.push_back(read_room(row));
        for (const auto row : work.exec(select_silences)) {
            state.silences.push_back({.guild = id_of<guild_id>(row[0]),
                                      .user = id_of<user_id>(row[1]),
                                      .channel = id_of<channel_id>(row[2])});
        }
        return state;
    });
}

awaitable<void> store::put_hub(hub what) {
    return write_hub(upsert_hub, std::move(what));
}

awaitable<void> store::change_hub(hub what) {
    return write_hub(update_hub, std::move(what));
}

awaitable<void> store::write_hub(const statement& how, hub what) {
    return database_.run([&how, what = std::move(what)](transaction& work) {
        const auto& s = what.settings;
        work.exec(how, to_sql(what.channel), to_sql(what.guild), s.name_template, enum_name(s.default_mode),
                  s.user_limit, s.bitrate, s.region, nullable(s.category), array_of(s.overflow_categories),
                  enum_name(s.position), enum_name(s.permissions_from), nullable(s.template_channel),
                  s.empty_grace.count(), enum_name(s.owner_leaves), s.keep_for.count(),
                  s.return_window.count(), array_of(s.allowed_roles), s.max_rooms, s.member_per_minute,
                  s.guild_per_minute, nullable(s.log_channel), s.remember, to_sql(what.created));
    });
}

awaitable<void> store::delete_hub(channel_id channel) {
    return database_.run([id = to_sql(channel)](transaction& work) { work.exec(delete_hub_sql, id); });
}

awaitable<std::expected<stored_room, begin_conflict>> store::begin_room(room draft, bool remembered) {
    const auto begin = [draft, remembered](const auto& execute) {
        const auto& s = draft.settings;
        return execute(to_sql(draft.guild), to_sql(draft.hub), to_sql(draft.owner), draft.number, draft.name,
                       std::string(enum_name(s.mode)), array_of(s.lists.allowed, member),
                       array_of(s.lists.allowed, role), array_of(s.lists.blocked, member),
                       array_of(s.lists.blocked, role), s.user_limit, s.bitrate, s.region,
                       to_sql(draft.created), remembered);
    };
    std::optional<stored_room> begun;
    // Somebody waits for it: the pool's threads take three times as long.
    if (auto* session = at_hand_ ? at_hand_() : nullptr) {
        auto parameters = begin([](const auto&... values) {
            return std::vector<db::session::parameter>{pqxx::to_string(values)...};
        });
        const auto rows = co_await session->exec(begin_room_sql, std::move(parameters));
        if (!rows.empty())
            begun = read_begun(rows[0], draft);
    } else {
        begun = co_await database_.run_single([draft, begin](transaction& work) {
            const auto rows =
                begin([&work](const auto&... values) { return work.exec(begin_room_sql, values...); });
            return rows.empty() ? std::nullopt : std::optional(read_begun(rows.front(), draft));
        });
    }
    if (begun)
        co_return *std::move(begun);
    const auto taken = co_await database_.run_single(
        [hub = to_sql(draft.hub), owner = to_sql(draft.owner)](transaction& work) {
            return work.exec(has_room, hub, owner).empty() ? begin_conflict::number_taken
                                                           : begin_conflict::owner_has_room;
        });
    co_return std::unexpected(taken);
}

awaitable<bool> store::save_room(stored_room what) {
    return database_.run_single([what = std::move(what)](transaction& work) {
        const auto& room = what.room;
        const auto& s = room.settings;
        const auto panel = room.panel.value_or(panel_message{});
        const auto pending_name = room.rename ? std::optional(room.rename->name) : std::nullopt;
        const auto pending_at = room.rename ? std::optional(room.rename->applies_at) : std::nullopt;
        const auto rows = work.exec(
            save_room_sql, what.row, nullable(room.channel), nullable(room.owner), room.name, s.name,
            enum_name(s.mode), array_of(s.lists.allowed, member), array_of(s.lists.allowed, role),
            array_of(s.lists.blocked, member), array_of(s.lists.blocked, role), s.user_limit, s.bitrate,
            s.region, nullable(panel.channel), nullable(panel.message), nullable(room.empty_since),
            nullable(room.owner_left_at), nullable(room.former_owner), nullable(room.former_owner_left_at),
            pending_name, nullable(pending_at),
            array_of(room.renamed_at, [](time_point at) { return to_sql(at); }), room.number, room.remembered,
            json_of(room.source));
        return rows.affected_rows() > 0;
    });
}

awaitable<void> store::delete_room(std::int64_t row) {
    return database_.run_single([row](transaction& work) { work.exec(delete_room_sql, row); });
}

awaitable<void> store::give_up(std::int64_t row) {
    return database_.run_single([row](transaction& work) { work.exec(give_up_sql, row); });
}

awaitable<std::optional<stored_room>> store::find_room_of(channel_id hub, user_id owner) {
    using result = std::optional<stored_room>;
    return database_.run_single([hub, owner](transaction& work) -> result {
        const auto rows = work.exec(select_rooms, nullable(hub), nullable(owner));
        return rows.empty() ? std::nullopt : result(read_room(rows.front()));
    });
}

awaitable<void> store::remember(channel_id hub, user_id who, room_settings before, room_settings after) {
    return database_.run_single([hub, who, was = std::move(before), s = std::move(after)](transaction& work) {
        const auto chosen = [](bool differs, auto value) {
            return differs ? std::optional(std::move(value)) : std::nullopt;
        };
        const bool allowed = s.lists.allowed != was.lists.allowed;
        const bool blocked = s.lists.blocked != was.lists.blocked;
        work.exec(remember_sql, to_sql(hub), to_sql(who), chosen(s.name != was.name, s.name),
                  chosen(s.mode != was.mode, std::string(enum_name(s.mode))),
                  chosen(allowed, array_of(s.lists.allowed, member)),
                  chosen(allowed, array_of(s.lists.allowed, role)),
                  chosen(blocked, array_of(s.lists.blocked, member)),
                  chosen(blocked, array_of(s.lists.blocked, role)),
                  chosen(s.user_limit != was.user_limit, s.user_limit),
                  chosen(s.bitrate != was.bitrate, s.bitrate), chosen(s.region != was.region, s.region));
    });
}

awaitable<void> store::forget(channel_id hub, user_id who) {
    return database_.run_single(
        [hub, who](transaction& work) { work.exec(forget_sql, to_sql(hub), to_sql(who)); });
}

awaitable<void> store::put_silence(silence one) {
    return database_.run_single([one](transaction& work) {
        work.exec(put_silence_sql, to_sql(one.guild), to_sql(one.user), to_sql(one.channel));
    });
}

awaitable<void> store::delete_silence(guild_id guild, user_id user) {
    return database_.run_single(
        [guild, user](transaction& work) { work.exec(delete_silence_sql, to_sql(guild), to_sql(user)); });
}

} // namespace vagrolant::voice_hubs
