#pragma once

/// What `rest_error::code()` can say, as far as somebody here asks for it, under Discord's own names.
/// (Discord Docs/Opcodes and Status Codes "JSON Error Codes",
/// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json)
namespace vagrolant::discord::json_error {

inline constexpr int unknown_channel = 10003;
inline constexpr int unknown_member = 10007;
inline constexpr int unknown_message = 10008;
inline constexpr int unknown_permission_overwrite = 10009;
inline constexpr int unknown_user = 10013;
inline constexpr int unknown_interaction = 10062;
inline constexpr int unknown_voice_state = 10065;
/// Too many writes in one channel; Discord calls it "The write action you are performing on the channel has
/// hit the write rate limit".
inline constexpr int channel_write_rate_limit = 20028;
/// A server's or channel's name holds words that Discord does not allow there.
inline constexpr int words_not_allowed = 20031;
inline constexpr int maximum_guild_channels = 30013;
inline constexpr int target_user_not_connected_to_voice = 40032;
inline constexpr int interaction_already_acknowledged = 40060;
inline constexpr int missing_access = 50001;
inline constexpr int missing_permissions = 50013;
/// Bulk deletion refuses messages of more than two weeks.
inline constexpr int message_too_old_to_bulk_delete = 50034;
inline constexpr int blocked_by_automatic_moderation = 200000;

} // namespace vagrolant::discord::json_error
