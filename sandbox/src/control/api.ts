/**
 * The control API: what tests and the page ask of the sandbox that Discord itself would never offer.
 *
 * Every verb is `POST {control}/people/{verb}` or `POST {control}/weather/{verb}` with a JSON body;
 * the answer is `200` with the verb's result, or `4xx {error: string}`. Reads are plain `GET`s:
 *
 * - `GET {control}/state` -> {@link SandboxState}, `GET {control}/seq` -> its `seq` alone
 * - `GET {control}/channels/{channelId}/messages?as={userId}&limit=50` -> {@link SeenMessage}[], newest last,
 *   as that person sees them (an ephemeral message only by the person it answers)
 * - `GET {control}/stream?since={seq}` -> server-sent events, one {@link SandboxEvent} each, starting with
 *   every retained event after `since` (so that a test that asks late misses nothing), then live
 *
 * `sandbox/src/client.ts` is the typed client of all this.
 */
import type {
  APIApplicationCommand,
  APIApplicationCommandOptionChoice,
  APIChannel,
  APIGuildMember,
  APIMessage,
  APIModalInteractionResponseCallbackData,
  APIRole,
  APIUser,
  GatewayVoiceState,
} from 'discord-api-types/v10';

export type Snowflake = string;

/** The one line of JSON that `sandbox` prints on standard output when it is ready. */
export interface ReadyLine {
  api: string;
  gateway: string;
  control: string;
  page: string;
  botToken: string;
  applicationId: string;
  guildId: Snowflake;
  /** Path of the CA certificate (PEM); present with `--tls`. */
  ca?: string;
}

export interface SandboxGuild {
  id: Snowflake;
  name: string;
  ownerId: Snowflake;
  /** True while an outage of this guild is being played. */
  unavailable: boolean;
  roles: APIRole[];
  channels: APIChannel[];
  members: APIGuildMember[];
  voiceStates: GatewayVoiceState[];
  /** What is said under the names of voice channels, by channel. */
  voiceStatuses: Record<Snowflake, string>;
}

export interface SandboxState {
  /** Sequence number of the newest event in the stream, to pass as `since`. */
  seq: number;
  application: { id: Snowflake; botId: Snowflake; name: string };
  users: APIUser[];
  guilds: SandboxGuild[];
  /** Registered commands, global ones under the key `global`, guild ones under the guild's id. */
  commands: Record<string, APIApplicationCommand[]>;
  /** Gateway sessions now connected. */
  sessions: { sessionId: string; shard: [number, number]; seq: number; connected: boolean }[];
}

export type SeenMessage = APIMessage & { ephemeralFor?: Snowflake };

/** What happened; `seq` grows by one with each. */
export type SandboxEvent = { seq: number; at: number } & (
  | {
      type: 'rest';
      method: string;
      path: string;
      status: number;
      /** Discord's error code, when the answer carries one. */
      code?: number;
      requestBody?: unknown;
      auditLogReason?: string;
      durationMs: number;
    }
  | {
      type: 'gateway';
      what: 'connected' | 'identified' | 'resumed' | 'heartbeat' | 'invalid_session' | 'closed' | 'received';
      sessionId?: string;
      shard?: [number, number];
      /** Who closed and with which code, for `closed`. */
      closedBy?: 'client' | 'server';
      closeCode?: number;
      op?: number;
      compress?: string;
      /** For `connected`: whether the client came to the `resume_gateway_url` of READY. */
      atResumeUrl?: boolean;
    }
  /** A REST call meets a fault that was asked for; its `rest` event follows once it is answered. */
  | { type: 'weather'; kind: string; method: string; path: string }
  /** A change of the world, by the dispatch name it would have, before intents filter it. */
  | { type: 'world'; t: string; guildId?: Snowflake; data: unknown }
  /** A life sign of an interaction; `data` is the callback's or the message's body. */
  | {
      type: 'interaction';
      what: 'created' | 'callback' | 'followup' | 'edited' | 'deleted' | 'expired' | 'refused';
      interactionId: Snowflake;
      userId: Snowflake;
      callbackType?: number;
      data?: unknown;
    }
);

/** What an interaction came to, once the first answer is there or its 3 s are over. */
export interface InteractionOutcome {
  interactionId: Snowflake;
  /** The callback's type (4, 5, 6, 7, 8, 9), or null when nothing came within 3 s. */
  callbackType: number | null;
  /** The message shown, for types 4 and 7, and for 5 once `waitForFinal` found it edited. */
  message?: SeenMessage;
  choices?: APIApplicationCommandOptionChoice[];
  modal?: APIModalInteractionResponseCallbackData;
}

type CommandOptionInput = string | number | boolean;

/** The people. Each verb: [body, result]. */
export interface PeopleVerbs {
  /** A new user joins (made when `userId` is unknown or absent). */
  'join-guild': [
    { guildId: Snowflake; userId?: Snowflake; username?: string; bot?: boolean },
    { userId: Snowflake },
  ];
  'leave-guild': [{ guildId: Snowflake; userId: Snowflake }, object];
  /** Joins or moves; refused with 403 where that member could not connect (no permission, full). */
  'join-voice': [
    { guildId: Snowflake; userId: Snowflake; channelId: Snowflake; selfMute?: boolean; selfDeaf?: boolean },
    object,
  ];
  'leave-voice': [{ guildId: Snowflake; userId: Snowflake }, object];
  /** A member moves another, or with null disconnects them; permissions count. */
  'move-voice': [
    { guildId: Snowflake; userId: Snowflake; targetId: Snowflake; channelId: Snowflake | null },
    object,
  ];
  /** A member mutes or deafens another on the server; permissions count. */
  'mute-voice': [
    { guildId: Snowflake; userId: Snowflake; targetId: Snowflake; mute?: boolean; deaf?: boolean },
    object,
  ];
  /** Writes as that member; permissions count. */
  write: [{ channelId: Snowflake; userId: Snowflake; content: string }, { messageId: Snowflake }];
  'delete-message': [{ channelId: Snowflake; messageId: Snowflake; userId: Snowflake }, object];
  /** Invokes a slash command by name; `subcommand` is `"create"` or `"group create"`. */
  command: [
    {
      channelId: Snowflake;
      userId: Snowflake;
      name: string;
      subcommand?: string;
      options?: Record<string, CommandOptionInput>;
      /** Of a user or message command: the user's or message's id. */
      target?: Snowflake;
      locale?: string;
      /** Answer only when a deferred response has been edited (at most 15 s). */
      waitForFinal?: boolean;
    },
    InteractionOutcome,
  ];
  /** Asks for the completion of option `focused`. */
  autocomplete: [
    {
      channelId: Snowflake;
      userId: Snowflake;
      name: string;
      subcommand?: string;
      options?: Record<string, CommandOptionInput>;
      focused: string;
      locale?: string;
    },
    InteractionOutcome,
  ];
  /** Clicks a button. */
  click: [
    {
      channelId: Snowflake;
      messageId: Snowflake;
      userId: Snowflake;
      customId: string;
      locale?: string;
      waitForFinal?: boolean;
    },
    InteractionOutcome,
  ];
  /** Chooses in a select menu: option values, or ids for user, role, mentionable and channel selects. */
  choose: [
    {
      channelId: Snowflake;
      messageId: Snowflake;
      userId: Snowflake;
      customId: string;
      values: string[];
      locale?: string;
      waitForFinal?: boolean;
    },
    InteractionOutcome,
  ];
  /** Submits the modal that `interactionId` was answered with. */
  'submit-modal': [
    {
      interactionId: Snowflake;
      userId: Snowflake;
      values: Record<string, string | string[]>;
      locale?: string;
      waitForFinal?: boolean;
    },
    InteractionOutcome,
  ];
  /** An administrator's changes of the guild itself, without permission checks. */
  'create-channel': [
    { guildId: Snowflake; channel: { name: string; type?: number } & Record<string, unknown> },
    APIChannel,
  ];
  'edit-channel': [{ channelId: Snowflake; changes: Record<string, unknown> }, APIChannel];
  'delete-channel': [{ channelId: Snowflake }, object];
  'create-role': [{ guildId: Snowflake; role: { name: string } & Record<string, unknown> }, APIRole];
  'edit-role': [{ guildId: Snowflake; roleId: Snowflake; changes: Record<string, unknown> }, APIRole];
  /** The guild's boosts reach (or fall to) this tier. */
  'boost-guild': [{ guildId: Snowflake; tier: 0 | 1 | 2 | 3 }, object];
  /** This person takes messages from nobody, or again from everybody. */
  'close-dms': [{ userId: Snowflake; closed: boolean }, object];
  /**
   * What a person's friends see of them from now on (default: online, doing nothing). A game is an activity of
   * type 0, which is the default type; whoever goes offline does nothing.
   */
  'set-presence': [
    {
      userId: Snowflake;
      status?: 'online' | 'idle' | 'dnd' | 'offline';
      activities?: { name: string; type?: number; state?: string }[];
    },
    object,
  ];
  'set-member-roles': [{ guildId: Snowflake; userId: Snowflake; roles: Snowflake[] }, object];
  /** A guild that has the bot from the start; `invite-bot`/`kick-bot` change that. */
  'create-guild': [{ name: string; withBot?: boolean; id?: Snowflake }, { guildId: Snowflake }];
  'invite-bot': [{ guildId: Snowflake; permissions?: string }, object];
  'kick-bot': [{ guildId: Snowflake }, object];
}

/** The weather. Each verb: [body, result]. */
export interface WeatherVerbs {
  /** Ends gateway connections: with a close code, or (no code) by cutting TCP. All shards, or one. */
  'drop-gateway': [{ shard?: number; closeCode?: number }, { dropped: number }];
  /** Sends op 7, then closes seconds later as Discord does. */
  'ask-reconnect': [{ shard?: number }, { asked: number }];
  /** Sends op 1: the client is to send a heartbeat at once. */
  'ask-heartbeat': [{ shard?: number }, { asked: number }];
  /** Sends op 9. */
  'invalid-session': [{ shard?: number; resumable: boolean }, { sent: number }];
  /** Connections stay open and go silent (no acks, no dispatches) until turned off. */
  'stall-gateway': [{ shard?: number; on: boolean }, object];
  /** Heartbeats are received and never acknowledged until turned off. */
  'lose-heartbeat-acks': [{ on: boolean }, object];
  /** The next `count` REST calls whose path matches `route` (a regular expression) meet this. */
  rest: [
    {
      route?: string;
      method?: string;
      count: number;
    } & (
      | { kind: 'status'; status: number; body?: unknown }
      | { kind: 'rate-limit'; retryAfter: number; scope: 'user' | 'global' | 'shared' }
      | { kind: 'delay'; ms: number }
      /** The request is carried out, its events go out, and the answer comes this much later. */
      | { kind: 'delay-after'; ms: number }
      /** The request is carried out, then the connection is cut before the answer. */
      | { kind: 'cut-after' }
      /** The connection is cut before anything is carried out. */
      | { kind: 'cut-before' }
      /** A 200 whose body is not what was asked for. */
      | { kind: 'garbage'; body: string }
    ),
    object,
  ];
  /** Calls that `delay` or `delay-after` holds back now go on at once. */
  release: [object, { released: number }];
  /** A constant answer time for every REST call (0 turns it off). */
  latency: [{ ms: number }, object];
  /** The guild goes away (GUILD_DELETE unavailable) or comes back (GUILD_CREATE). */
  outage: [{ guildId: Snowflake; on: boolean }, object];
  /** The next `count` dispatches whose name matches `t` (a regular expression) never reach anyone. */
  'lose-events': [{ t: string; count: number; guildId?: Snowflake }, object];
  /** The next `count` dispatches whose name matches `t` come twice, as Discord says they may. */
  'repeat-events': [{ t: string; count: number; guildId?: Snowflake }, object];
  /** Whatever the gateway sends arrives this much later, in its order (0 turns it off): REST answers come first. */
  'gateway-lag': [{ ms: number }, object];
  /** Sends raw text as a gateway frame, to see what a client makes of nonsense. */
  'raw-frame': [{ shard?: number; text: string }, { sent: number }];
  /** What `GET /gateway/bot` and identify allow from now on. */
  'session-limits': [
    { shards?: number; maxConcurrency?: number; remaining?: number; heartbeatIntervalMs?: number },
    object,
  ];
  /** Which privileged intents the application may use (bits; default all). */
  intents: [{ allowed: number }, object];
  /** Forgets every injected fault, latency and stall. */
  clear: [object, object];
}
