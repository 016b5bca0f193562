/**
 * What the replay server sends: one guild of 1,000 members, then 200,000 dispatches of about 226 MB, the same
 * ones in every run (a fixed seed), and a message that marks the end.
 */

export const EVENTS = {
  MESSAGE_CREATE: 140_000,
  VOICE_STATE_UPDATE: 30_000,
  GUILD_MEMBER_UPDATE: 20_000,
  TYPING_START: 10_000,
} as const;
type EventName = keyof typeof EVENTS;

/** Content of the last message. */
export const END_OF_FLOOD = 'end of flood';

const MEMBERS = 1000;
const TEXT_CHANNELS = 20;
const VOICE_CHANNELS = 10;
const ROLES = 20;
const CHUNK_BYTES = 1 << 20;

const EPOCH = 1_700_000_000_000n;
const snowflake = (kind: number, index: number): string =>
  (((EPOCH - 1_420_070_400_000n + BigInt(index)) << 22n) | BigInt(kind)).toString();

const GUILD = snowflake(1, 0);
export const BOT = {
  id: snowflake(2, 0),
  username: 'bench',
  discriminator: '0',
  global_name: null,
  avatar: null,
  bot: true,
  flags: 0,
};

/** mulberry32: small, seeded, the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const hex = (index: number): string =>
  (index * 2_654_435_761).toString(16).padStart(16, '0').repeat(2).slice(0, 32);

const user = (index: number): object => ({
  username: `member_${index}`,
  public_flags: 64,
  primary_guild: null,
  id: snowflake(3, index),
  global_name: `Membre numéro ${index}`,
  display_name_styles: null,
  discriminator: '0',
  collectibles: null,
  clan: null,
  avatar_decoration_data: null,
  avatar: hex(index),
});

const member = (index: number, nick: string | null): object => ({
  roles: [snowflake(4, 1 + (index % (ROLES - 1))), snowflake(4, 1 + ((index * 7) % (ROLES - 1)))],
  premium_since: null,
  pending: false,
  nick,
  mute: false,
  joined_at: '2024-03-09T17:21:04.525000+00:00',
  flags: 2,
  deaf: false,
  communication_disabled_until: null,
  banner: null,
  avatar: null,
});

export function ready(gatewayUrl: string): object {
  return {
    v: 10,
    user_settings: {},
    user: BOT,
    session_type: 'normal',
    session_id: 'f100df100df100df100df100df100d00',
    resume_gateway_url: gatewayUrl,
    relationships: [],
    private_channels: [],
    presences: [],
    guilds: [{ unavailable: true, id: GUILD }],
    guild_join_requests: [],
    geo_ordered_rtc_regions: [],
    auth: {},
    application: { id: snowflake(5, 0), flags: 565_248 },
    _trace: [],
  };
}

export function guild(): object {
  const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  return {
    id: GUILD,
    name: 'Flood',
    icon: null,
    splash: null,
    discovery_splash: null,
    owner_id: snowflake(3, 0),
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: snowflake(6, 0),
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    verification_level: 1,
    default_message_notifications: 1,
    explicit_content_filter: 2,
    features: ['COMMUNITY'],
    emojis: [],
    stickers: [],
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 1,
    premium_subscription_count: 3,
    premium_progress_bar_enabled: false,
    preferred_locale: 'fr',
    vanity_url_code: null,
    description: null,
    banner: null,
    application_id: null,
    max_members: 500_000,
    max_video_channel_users: 25,
    joined_at: '2024-03-09T17:21:04.525000+00:00',
    large: true,
    unavailable: false,
    member_count: MEMBERS,
    presences: [],
    threads: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    roles: indices(ROLES).map((index) => ({
      id: index === 0 ? GUILD : snowflake(4, index),
      name: index === 0 ? '@everyone' : `Rôle ${index}`,
      permissions: '1071698660929',
      position: index,
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      managed: false,
      mentionable: false,
      icon: null,
      unicode_emoji: null,
      flags: 0,
    })),
    channels: [
      ...indices(TEXT_CHANNELS).map((index) => ({
        id: snowflake(6, index),
        type: 0,
        name: `salon-${index}`,
        position: index,
        topic: null,
        nsfw: false,
        parent_id: null,
        last_message_id: null,
        rate_limit_per_user: 0,
        flags: 0,
        permission_overwrites: [],
      })),
      ...indices(VOICE_CHANNELS).map((index) => ({
        id: snowflake(7, index),
        type: 2,
        name: `Vocal ${index}`,
        position: index,
        nsfw: false,
        parent_id: null,
        last_message_id: null,
        bitrate: 64_000,
        user_limit: 0,
        rtc_region: null,
        rate_limit_per_user: 0,
        flags: 0,
        permission_overwrites: [],
      })),
    ],
    members: [
      { ...member(0, null), user: BOT },
      ...indices(MEMBERS - 1).map((index) => ({ ...member(index, null), user: user(index) })),
    ],
    voice_states: [],
  };
}

const WORDS =
  'bonsoir le serveur qui vient jouer ce soir à partir de neuf heures on sera dans le salon vocal pensez à vous inscrire avant'.split(
    ' ',
  );

function body(name: EventName, index: number, random: () => number): object {
  const who = Math.floor(random() * (MEMBERS - 1));
  const text = snowflake(6, Math.floor(random() * TEXT_CHANNELS));
  switch (name) {
    case 'MESSAGE_CREATE': {
      const words: string[] = [];
      for (let n = 0; n < 61; n++) words.push(WORDS[Math.floor(random() * WORDS.length)] ?? '');
      return message(index, who, text, words.join(' '));
    }
    case 'VOICE_STATE_UPDATE':
      return {
        member: { user: user(who), ...member(who, null) },
        user_id: snowflake(3, who),
        suppress: false,
        session_id: hex(index + 1),
        self_video: false,
        self_mute: random() < 0.5,
        self_deaf: false,
        request_to_speak_timestamp: null,
        mute: false,
        guild_id: GUILD,
        deaf: false,
        channel_id: random() < 0.2 ? null : snowflake(7, Math.floor(random() * VOICE_CHANNELS)),
      };
    case 'GUILD_MEMBER_UPDATE':
      return { user: user(who), guild_id: GUILD, ...member(who, `Surnom ${index}`) };
    case 'TYPING_START':
      return {
        user_id: snowflake(3, who),
        timestamp: 1_700_000_000 + Math.floor(index / 100),
        member: { user: user(who), ...member(who, null) },
        channel_id: text,
        guild_id: GUILD,
      };
  }
}

function message(index: number, who: number, channel: string, content: string): object {
  return {
    type: 0,
    tts: false,
    timestamp: '2026-11-21T17:21:04.525000+00:00',
    pinned: false,
    nonce: snowflake(9, index),
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    member: member(who, null),
    id: snowflake(8, 1000 + index),
    flags: 0,
    embeds: [],
    edited_timestamp: null,
    content,
    components: [],
    channel_type: 0,
    channel_id: channel,
    author: user(who),
    attachments: [],
    guild_id: GUILD,
  };
}

/** One unmasked text frame (RFC 6455 section 5.2). */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(payload.length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  if (header.length === 2) header[1] = payload.length;
  else if (header.length === 4) {
    header[1] = 126;
    header.writeUInt16BE(payload.length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([header, payload]);
}

export interface Flood {
  /** Whole frames, about a MiB each. */
  chunks: Buffer[];
  /** Sum of the payloads. */
  bytes: number;
  events: number;
}

/** `firstSequence`: `s` of the first dispatch. */
export function flood(firstSequence: number): Flood {
  const random = generator(20_261_121);
  const left: [EventName, number][] = Object.entries(EVENTS) as [EventName, number][];
  let remaining = left.reduce((sum, [, count]) => sum + count, 0);
  const events = remaining;

  const chunks: Buffer[] = [];
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let bytes = 0;
  const push = (name: string, index: number, d: object): void => {
    const text = JSON.stringify({ t: name, s: firstSequence + index, op: 0, d });
    const one = frame(text);
    bytes += Buffer.byteLength(text);
    pending.push(one);
    pendingBytes += one.length;
    if (pendingBytes >= CHUNK_BYTES) {
      chunks.push(Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
    }
  };

  for (let index = 0; remaining > 0; index++, remaining--) {
    // Each kind as likely as what is left of it: an even mixture that comes out exactly.
    let pick = Math.floor(random() * remaining);
    for (const kind of left) {
      if (pick < kind[1]) {
        kind[1]--;
        push(kind[0], index, body(kind[0], index, random));
        break;
      }
      pick -= kind[1];
    }
  }
  push('MESSAGE_CREATE', events, message(events, 0, snowflake(6, 0), END_OF_FLOOD));
  chunks.push(Buffer.concat(pending));
  return { chunks, bytes, events };
}
