import { GatewayIntentBits as Intent } from 'discord-api-types/v10';

/** Every intent that exists in v10. */
export const KNOWN_INTENTS = Object.values(Intent)
  .filter((bit) => typeof bit === 'number')
  .reduce((mask, bit) => mask | bit, 0);

export const PRIVILEGED_INTENTS = Intent.GuildMembers | Intent.GuildPresences | Intent.MessageContent;

/** Which intent(s) bring an event: of a guild, and of a direct message channel. Any one of the bits is enough. */
interface Needs {
  guild: number;
  dm?: number;
}

const guild = (...bits: number[]): Needs => ({ guild: bits.reduce((mask, bit) => mask | bit, 0) });
const both = (guildBits: number, dm: number): Needs => ({ guild: guildBits, dm });

/** Discord Docs/Gateway, "List of Intents". What is not listed needs none. */
const NEEDS: Record<string, Needs> = {
  GUILD_CREATE: guild(Intent.Guilds),
  GUILD_UPDATE: guild(Intent.Guilds),
  GUILD_DELETE: guild(Intent.Guilds),
  GUILD_ROLE_CREATE: guild(Intent.Guilds),
  GUILD_ROLE_UPDATE: guild(Intent.Guilds),
  GUILD_ROLE_DELETE: guild(Intent.Guilds),
  CHANNEL_CREATE: guild(Intent.Guilds),
  CHANNEL_UPDATE: guild(Intent.Guilds),
  CHANNEL_DELETE: guild(Intent.Guilds),
  CHANNEL_PINS_UPDATE: both(Intent.Guilds, Intent.DirectMessages),
  THREAD_CREATE: guild(Intent.Guilds),
  THREAD_UPDATE: guild(Intent.Guilds),
  THREAD_DELETE: guild(Intent.Guilds),
  THREAD_LIST_SYNC: guild(Intent.Guilds),
  THREAD_MEMBER_UPDATE: guild(Intent.Guilds),
  THREAD_MEMBERS_UPDATE: guild(Intent.Guilds, Intent.GuildMembers),
  STAGE_INSTANCE_CREATE: guild(Intent.Guilds),
  STAGE_INSTANCE_UPDATE: guild(Intent.Guilds),
  STAGE_INSTANCE_DELETE: guild(Intent.Guilds),
  VOICE_CHANNEL_STATUS_UPDATE: guild(Intent.Guilds),
  VOICE_CHANNEL_START_TIME_UPDATE: guild(Intent.Guilds),
  GUILD_MEMBER_ADD: guild(Intent.GuildMembers),
  GUILD_MEMBER_UPDATE: guild(Intent.GuildMembers),
  GUILD_MEMBER_REMOVE: guild(Intent.GuildMembers),
  GUILD_AUDIT_LOG_ENTRY_CREATE: guild(Intent.GuildModeration),
  GUILD_BAN_ADD: guild(Intent.GuildModeration),
  GUILD_BAN_REMOVE: guild(Intent.GuildModeration),
  GUILD_EMOJIS_UPDATE: guild(Intent.GuildExpressions),
  GUILD_STICKERS_UPDATE: guild(Intent.GuildExpressions),
  GUILD_SOUNDBOARD_SOUND_CREATE: guild(Intent.GuildExpressions),
  GUILD_SOUNDBOARD_SOUND_UPDATE: guild(Intent.GuildExpressions),
  GUILD_SOUNDBOARD_SOUND_DELETE: guild(Intent.GuildExpressions),
  GUILD_SOUNDBOARD_SOUNDS_UPDATE: guild(Intent.GuildExpressions),
  GUILD_INTEGRATIONS_UPDATE: guild(Intent.GuildIntegrations),
  INTEGRATION_CREATE: guild(Intent.GuildIntegrations),
  INTEGRATION_UPDATE: guild(Intent.GuildIntegrations),
  INTEGRATION_DELETE: guild(Intent.GuildIntegrations),
  WEBHOOKS_UPDATE: guild(Intent.GuildWebhooks),
  INVITE_CREATE: guild(Intent.GuildInvites),
  INVITE_DELETE: guild(Intent.GuildInvites),
  VOICE_STATE_UPDATE: guild(Intent.GuildVoiceStates),
  VOICE_CHANNEL_EFFECT_SEND: guild(Intent.GuildVoiceStates),
  PRESENCE_UPDATE: guild(Intent.GuildPresences),
  MESSAGE_CREATE: both(Intent.GuildMessages, Intent.DirectMessages),
  MESSAGE_UPDATE: both(Intent.GuildMessages, Intent.DirectMessages),
  MESSAGE_DELETE: both(Intent.GuildMessages, Intent.DirectMessages),
  MESSAGE_DELETE_BULK: guild(Intent.GuildMessages),
  MESSAGE_REACTION_ADD: both(Intent.GuildMessageReactions, Intent.DirectMessageReactions),
  MESSAGE_REACTION_REMOVE: both(Intent.GuildMessageReactions, Intent.DirectMessageReactions),
  MESSAGE_REACTION_REMOVE_ALL: both(Intent.GuildMessageReactions, Intent.DirectMessageReactions),
  MESSAGE_REACTION_REMOVE_EMOJI: both(Intent.GuildMessageReactions, Intent.DirectMessageReactions),
  TYPING_START: both(Intent.GuildMessageTyping, Intent.DirectMessageTyping),
  GUILD_SCHEDULED_EVENT_CREATE: guild(Intent.GuildScheduledEvents),
  GUILD_SCHEDULED_EVENT_UPDATE: guild(Intent.GuildScheduledEvents),
  GUILD_SCHEDULED_EVENT_DELETE: guild(Intent.GuildScheduledEvents),
  GUILD_SCHEDULED_EVENT_USER_ADD: guild(Intent.GuildScheduledEvents),
  GUILD_SCHEDULED_EVENT_USER_REMOVE: guild(Intent.GuildScheduledEvents),
  AUTO_MODERATION_RULE_CREATE: guild(Intent.AutoModerationConfiguration),
  AUTO_MODERATION_RULE_UPDATE: guild(Intent.AutoModerationConfiguration),
  AUTO_MODERATION_RULE_DELETE: guild(Intent.AutoModerationConfiguration),
  AUTO_MODERATION_ACTION_EXECUTION: guild(Intent.AutoModerationExecution),
  MESSAGE_POLL_VOTE_ADD: both(Intent.GuildMessagePolls, Intent.DirectMessagePolls),
  MESSAGE_POLL_VOTE_REMOVE: both(Intent.GuildMessagePolls, Intent.DirectMessagePolls),
};

/** Whether these intents ask for the event; `ownMember` marks a member update of the bot itself. */
export function intentsAllow(intents: number, t: string, isGuild: boolean, ownMember: boolean): boolean {
  if (ownMember && t === 'GUILD_MEMBER_UPDATE') return true;
  const needs = NEEDS[t];
  if (needs === undefined) return true;
  const mask = isGuild ? needs.guild : (needs.dm ?? 0);
  return (intents & mask) !== 0;
}
