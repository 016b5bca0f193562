/**
 * A storm over voice hubs: thousands of people who join, leave, move, press buttons and change modes while Discord
 * limits, fails and hangs up, events are lost, servers go away and the bot is stopped, killed and started. Afterwards
 * everything must have come to agree.
 *
 * The seed is printed when something does not hold; VAGROLANT_STORM_SEED plays it again, VAGROLANT_STORM_STEPS makes
 * the storm longer. What people do is the same for the same seed; when the bot answers is not. What led to something
 * that does not hold is found in VAGROLANT_STORM_TRACE, a file that then gets everything that was said.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { BotProcess, LogLine } from '../support/bot.ts';
import { admitted, Chance, Fingers, mayBeHeard, MODES, restTrouble } from '../support/storm.ts';
import type { Lists } from '../support/storm.ts';
import { P, VoiceScene } from '../support/voice.ts';
import type { RoomRow } from '../support/voice.ts';

const seed = Number(process.env.VAGROLANT_STORM_SEED ?? 20_261_121);
const steps = Number(process.env.VAGROLANT_STORM_STEPS ?? 2_000);
const SERVERS = 6;
const PEOPLE = 24;
/** Steps after which the bot has read every event so far, unless it is down. */
const BREATH = 20;
const MAX_BUSY = 24;
/** A room whose making a crash interrupted is given up after some seconds, a hub that Discord refuses waits longer. */
const CALM_MS = 50_000;

const chance = new Chance(seed);
const voice = await VoiceScene.set({
  seed: `large:${SERVERS}:${PEOPLE}`,
  restLimits: { bucketFactor: 50, globalPerSecond: 5_000 },
  gatewayLimits: { identifyWindowMs: 0 },
});
const { scene, world } = voice;
const { sandbox, client, database } = scene;
const fingers = new Fingers(client, sandbox);
const environment = {
  LOG_LEVEL: 'INFO',
  DISCORD_REQUESTS_PER_SECOND: '1000',
  COMMAND_LEASE_SECONDS: '3',
  VOICE_SWEEP_SECONDS: '1',
};
const tracePath = process.env.VAGROLANT_STORM_TRACE;
const trace = (...said: unknown[]) => {
  if (tracePath) appendFileSync(tracePath, said.map((one) => `${JSON.stringify(one)}\n`).join(''));
};
/** Calls that Discord forbade: thousands of these have it shut out the bot. */
let forbidden = 0;
sandbox.stream.on((event) => {
  trace(event);
  if (event.type === 'rest' && event.status === 403) forbidden++;
});
let bot: BotProcess = await scene.start(environment);

interface Place {
  guildId: string;
  hubs: string[];
  /** What each was made with. */
  settings: Record<string, unknown>[];
  /** Hubs that are no more, or not yet. */
  aside: Set<string>;
  lounge: string;
  /** A text channel. */
  square: string;
  role: string;
  people: string[];
}
const places: Place[] = [];
for (const guild of world.guilds.values()) {
  const lounge = [...guild.channels.values()].find(({ type }) => type === 2)!.id;
  const square = [...guild.channels.values()].find(({ type }) => type === 0)!.id;
  const settings = [
    { ownerLeaves: 'transfer', returnWindow: 2, nameTemplate: '{member}' },
    { ownerLeaves: 'keep', keepFor: 1, emptyGrace: 1, nameTemplate: 'Salon {n}' },
    { ownerLeaves: 'delete', returnWindow: 1, defaultMode: 'closed' },
  ];
  const hubs: string[] = [];
  for (const one of settings) hubs.push(await voice.hub(one, {}, guild.id));
  const role = await client.people('create-role', {
    guildId: guild.id,
    role: { name: 'Cercle', permissions: '0' },
  });
  const people = [...guild.members.values()]
    .filter(({ user }) => !user.bot && user.id !== guild.ownerId)
    .map(({ user }) => user.id);
  places.push({ guildId: guild.id, hubs, settings, aside: new Set(), lounge, square, role: role.id, people });
}

const guildOf = ({ guildId }: Place) => world.guilds.get(guildId)!;
const isHub = ({ hubs, aside }: Place, id: string) => hubs.includes(id) || aside.has(id);
/** Voice channels that are neither hub nor lounge. */
const roomsOf = (place: Place): string[] =>
  [...guildOf(place).channels.values()]
    .filter(({ id, type }) => type === 2 && id !== place.lounge && !isHub(place, id))
    .map(({ id }) => id);
const inside = (place: Place, channelId: string): string[] =>
  world.voice.in(guildOf(place), channelId).map(({ user_id }) => user_id);
const someoneIn = (place: Place): [room: string, userId: string] | undefined => {
  const room = chance.oneOf(roomsOf(place).filter((id) => inside(place, id).length > 0));
  return room === undefined ? undefined : [room, chance.oneOf(inside(place, room))!];
};

const counted = new Map<string, number>();
const count = (what: string) => counted.set(what, (counted.get(what) ?? 0) + 1);

// Whether somebody is put out of a room that the bot deletes, although it must know of him.

const troubled = { at: 0 };
const joinedAt = new Map<string, number>();
/** For so long at least a call may be under way for what has changed since; on a busy machine for longer. */
const UNDER_WAY_MS = 2_000;
/** When the bot was asked whether it has read every event, and when it said so. */
const breaths: { asked: number; answered: number }[] = [];
/** Of what happened before this the bot has read, and no call is under way from before it had. */
function knownUntil(): number {
  const isOver = ({ asked, answered }: { asked: number; answered: number }) =>
    answered + Math.max(UNDER_WAY_MS, 4 * (answered - asked)) < Date.now();
  return breaths.findLast(isOver)?.asked ?? 0;
}
/** Whether it acts on it that somebody is there since then. */
function isKnown(userId: string, channelId: string): boolean {
  const since = joinedAt.get(`${userId} ${channelId}`) ?? 0;
  return since > troubled.at && since < knownUntil();
}
const wrongs: string[] = [];
/** Deleting a room with people in it is right where a button, or its hub's policy, asks for it. */
const mayDeleteUnder = new Set<string>();
const stopWatching = world.on((event) => {
  if (event.t === 'VOICE_STATE_UPDATE') {
    const { user_id, channel_id } = event.data as { user_id: string; channel_id: string | null };
    if (channel_id !== null) joinedAt.set(`${user_id} ${channel_id}`, Date.now());
  } else if (event.t === 'CHANNEL_DELETE') {
    const { id, guild_id, parent_id } = event.data as {
      id: string;
      guild_id: string;
      parent_id: string | null;
    };
    const place = places.find(({ guildId }) => guildId === guild_id)!;
    const byPolicy = parent_id === guildOf(place).channels.get(place.hubs[2]!)?.parent_id;
    if (byPolicy || mayDeleteUnder.has(id)) return;
    for (const { user_id } of world.voice.in(guildOf(place), id)) {
      if (isKnown(user_id, id)) wrongs.push(`room ${id} is deleted although ${user_id} is known to be in it`);
    }
  }
});
afterAll(stopWatching);
const trouble = () => (troubled.at = Date.now() + 1_000);

// For one join there is one room at most, and one move into it.

/** What the bot may still do for somebody in a hub's category: when he joined, for each time that nothing came of yet. */
interface Due {
  made: number[];
  moved: number[];
}
const due = new Map<string, Due>();
const dueTo = (guildId: string, parentId: string, userId: string) => `${guildId} ${parentId} ${userId}`;
/** Events that the bot will not be told, and of whom (or of which server) it has not been, until its next session. */
const losing: { t: RegExp; left: number }[] = [];
const untold = new Set<string>();
/** The bot may not know what it has done, or what it did was undone. */
function excuse(guildId = ''): void {
  for (const [key, { made, moved }] of due) {
    if (!key.startsWith(guildId)) continue;
    made.push(Date.now());
    moved.push(Date.now());
  }
}
const wasIn = new Map<string, string | null>();
/** Where somebody was before he moved or left. */
const cameFrom = new Map<string, string | null>();
const stopCounting = sandbox.stream.on((event) => {
  if (event.type === 'gateway' && event.what === 'identified') untold.clear();
  if (event.type === 'world') {
    const loss = losing.find(({ t, left }) => left > 0 && t.test(event.t));
    const { user_id } = event.data as { user_id?: string };
    if (loss !== undefined && world.guilds.get(event.guildId!)?.unavailable === false) {
      loss.left--;
      untold.add(user_id === undefined ? event.guildId! : `${event.guildId} ${user_id}`);
    }
  }
  if (event.type === 'world' && event.t === 'VOICE_STATE_UPDATE') {
    const { user_id, channel_id } = event.data as { user_id: string; channel_id: string | null };
    const place = places.find(({ guildId }) => guildId === event.guildId)!;
    const key = `${place.guildId} ${user_id}`;
    const before = wasIn.get(key);
    const left = before && before !== channel_id ? guildOf(place).channels.get(before) : undefined;
    if (left !== undefined && isHub(place, left.id)) {
      // However long he waited: what is under way for him has only just begun, perhaps.
      const whose = dueTo(place.guildId, left.parent_id!, user_id);
      const { made, moved } = due.get(whose) ?? { made: [], moved: [] };
      due.set(whose, { made: made.map(() => event.at), moved: moved.map(() => event.at) });
    }
    if (channel_id !== null && channel_id !== before && isHub(place, channel_id)) {
      const whose = dueTo(place.guildId, guildOf(place).channels.get(channel_id)!.parent_id!, user_id);
      const { made, moved } = due.get(whose) ?? { made: [], moved: [] };
      due.set(whose, { made: [...made, event.at], moved: [...moved, event.at] });
    }
    cameFrom.set(key, before ?? null);
    wasIn.set(key, channel_id);
  } else if (event.type === 'weather' && /^(cut-after|status)$/.test(event.kind)) {
    const [, guildId] = /^\/guilds\/(\d+)/.exec(event.path) ?? [];
    if (guildId !== undefined) excuse(guildId);
  } else if (event.type === 'rest' && event.status < 300 && isDisconnection(event.requestBody)) {
    const [, guildId, userId] = /^\/guilds\/(\d+)\/members\/(\d+)$/.exec(event.path)!;
    const from = cameFrom.get(`${guildId} ${userId}`);
    if (places.some(({ lounge }) => lounge === from) && isKnown(userId!, from!))
      wrongs.push(`${userId} is disconnected from a channel that is none of the bot's`);
  } else if (event.type === 'rest' && event.status < 300 && event.auditLogReason === 'voice hub') {
    const [, guildId, what, moved] =
      /^\/guilds\/(\d+)\/(channels|members)(?:\/(\d+))?$/.exec(event.path) ?? [];
    const body = event.requestBody as {
      parent_id?: string;
      channel_id?: string | null;
      permission_overwrites?: { id: string; type: number }[];
    };
    if (what === 'channels' && event.method === 'POST') {
      // The bot's own overwrite comes first, then the owner's.
      const [, owner] = body.permission_overwrites!.filter(({ type }) => type === 1);
      spend('made', dueTo(guildId!, body.parent_id!, owner!.id));
    } else if (what === 'members' && body.channel_id) {
      const parent = world.guilds.get(guildId!)!.channels.get(body.channel_id)?.parent_id;
      if (parent != null) spend('moved', dueTo(guildId!, parent, moved!));
    }
  }
});
afterAll(stopCounting);
function isDisconnection(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'channel_id' in body && body.channel_id === null;
}
function spend(what: 'made' | 'moved', whose: string): void {
  const [guildId, , userId] = whose.split(' ') as [string, string, string];
  if (untold.has(guildId) || untold.has(`${guildId} ${userId}`)) return;
  if (due.get(whose)?.[what].shift() !== undefined) return;
  wrongs.push(`a room is ${what} once too often (guild, category, member: ${whose})`);
  trace({ wrong: what, whose, seq: sandbox.stream.seq });
}
/** The bot has read every event: of joins that nothing came of, only those who still wait have something due. */
function allIsKnown(): void {
  const before = knownUntil();
  for (const [key, left] of due) {
    const [guildId, parentId, userId] = key.split(' ') as [string, string, string];
    const place = places.find((one) => one.guildId === guildId)!;
    const channel = guildOf(place).channels.get(guildOf(place).voiceStates.get(userId)?.channel_id ?? '');
    const waits = channel !== undefined && isHub(place, channel.id) && channel.parent_id === parentId;
    for (const what of ['made', 'moved'] as const)
      left[what] = left[what].filter((at, n) => at > before || (waits && n === left[what].length - 1));
  }
}

// Administrators hear of what keeps a hub from working once; a new process may say it again.

let processes = 1;
const notices = new Map<string, number>();
const stopListening = sandbox.stream.on((event) => {
  if (event.type !== 'rest' || event.method !== 'POST' || event.status >= 300) return;
  if (!/^\/channels\/\d+\/messages$/.test(event.path)) return;
  const { content } = event.requestBody as { content?: string };
  if (content?.includes('⚠️')) notices.set(content, (notices.get(content) ?? 0) + 1);
});
afterAll(stopListening);

// What people do

const deeds = {
  joinHub(place: Place) {
    const [userId, hub] = [chance.oneOf(place.people)!, chance.oneOf(place.hubs)!];
    const channel = guildOf(place).channels.get(hub);
    if (channel && world.voice.canJoin(guildOf(place), channel, userId))
      voice.join(userId, hub, guildOf(place));
  },
  joinRoom(place: Place) {
    const [userId, room] = [chance.oneOf(place.people)!, chance.oneOf(roomsOf(place))];
    const channel = guildOf(place).channels.get(room ?? '');
    if (channel && world.voice.canJoin(guildOf(place), channel, userId))
      world.voice.join(guildOf(place), channel, userId);
  },
  joinLounge: (place: Place) => voice.join(chance.oneOf(place.people)!, place.lounge, guildOf(place)),
  leave: (place: Place) => voice.leave(chance.oneOf(place.people)!, guildOf(place)),
  everybodyLeaves(place: Place) {
    const room = chance.oneOf(roomsOf(place));
    if (room) for (const userId of inside(place, room)) voice.leave(userId, guildOf(place));
  },
  moderatorMoves(place: Place) {
    const [userId, to] = [chance.oneOf(place.people)!, chance.oneOf([...roomsOf(place), ...place.hubs])];
    const guild = guildOf(place);
    const channel = guild.channels.get(to ?? '');
    if (channel && guild.voiceStates.has(userId))
      world.voice.move(guild, userId, channel, { userId: guild.ownerId });
  },
  changeMode(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    const mode = chance.oneOf(MODES)!;
    if (room && userId) fingers.begin(fingers.press(room, userId, `room/mode/${room}/${mode}`));
  },
  changeLists(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    const list = chance.oneOf(['allowed', 'blocked'])!;
    const chosen = Array.from({ length: 1 + chance.below(3) }, () => chance.oneOf(place.people)!);
    if (chance.below(3) === 0) chosen.push(place.role);
    if (!room || !userId) return;
    const work = async () => {
      const opened = await fingers.press(room, userId, `room/list/${room}/${list}`);
      await fingers.choose(opened, room, userId, `room/choice/${room}/${list}`, [...new Set(chosen)]);
    };
    fingers.begin(work());
  },
  purge(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    if (!room || !userId) return;
    const work = async () =>
      fingers.pressNext(
        await fingers.press(room, userId, `room/purge/${room}`),
        room,
        userId,
        `room/purge-now/${room}`,
      );
    fingers.begin(work());
  },
  claim(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    if (room && userId) fingers.begin(fingers.press(room, userId, `room/claim/${room}`));
  },
  transfer(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    if (!room || !userId) return;
    const to = chance.oneOf(inside(place, room))!;
    const work = async () =>
      fingers.choose(
        await fingers.press(room, userId, `room/transfer/${room}`),
        room,
        userId,
        `room/owner/${room}`,
        [to],
      );
    fingers.begin(work());
  },
  deleteRoom(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    if (!room || !userId) return;
    mayDeleteUnder.add(room);
    excuse(place.guildId);
    const work = async () =>
      fingers.pressNext(
        await fingers.press(room, userId, `room/delete/${room}`),
        room,
        userId,
        `room/delete-now/${room}`,
      );
    fingers.begin(work());
  },
  deleteByHand(place: Place) {
    const room = chance.oneOf(roomsOf(place));
    if (!room) return;
    mayDeleteUnder.add(room);
    excuse(place.guildId);
    world.channels.delete(room, { userId: place.guildId });
  },
  dashboardChangesRoom(place: Place) {
    const room = chance.oneOf(roomsOf(place));
    const change = chance.oneOf([{ userLimit: chance.below(20) }, { name: `Nom ${chance.below(50)}` }])!;
    if (room) fingers.begin(database.command(place.guildId, 'room.update', { roomId: room, ...change }));
  },
  dashboardChangesHub(place: Place) {
    const hubId = chance.oneOf(place.hubs)!;
    const change = chance.oneOf([
      { emptyGrace: chance.below(3) },
      { returnWindow: chance.below(5) },
      { userLimit: chance.below(10) },
      { defaultMode: chance.oneOf(MODES)! },
      { nameTemplate: chance.oneOf(['{member}', 'Salon {n}', '{member} ({count})'])! },
    ])!;
    fingers.begin(database.command(place.guildId, 'hub.update', { hubId, ...change }));
  },
  /** One that is deleted, by hand or by the dashboard, and another in its place. */
  replaceHub(place: Place) {
    const [index, byHand] = [chance.below(2), chance.below(2) === 0];
    const [hubId, guild, settings] = [place.hubs[index]!, guildOf(place), place.settings[index]!];
    const old = guild.channels.get(hubId);
    if (old === undefined) return;
    place.aside.add(hubId);
    mayDeleteUnder.add(hubId);
    excuse(place.guildId);
    const actor = { userId: guild.ownerId };
    const work = async () => {
      const command = { hubId, deleteChannel: true };
      // Where the command comes to nothing, somebody does it himself.
      if (!byHand) await database.command(place.guildId, 'hub.delete', command).catch(() => undefined);
      if (guild.channels.has(hubId)) world.channels.delete(hubId, actor);
      const { parent_id } = old;
      const { id } = world.channels.create(guild, { type: 2, name: '➕ Encore', parent_id }, actor);
      place.aside.add(id);
      for (let attempt = 0; attempt < 5; attempt++) {
        const made = { channelId: id, memberPerMinute: 20, guildPerMinute: 300, ...settings };
        const { status, result } = await database.command(place.guildId, 'hub.create', made);
        if (status === 'done' || result!.code === 'already_a_hub') {
          place.hubs[index] = id;
          return;
        }
      }
    };
    fingers.begin(work());
  },
  knock(place: Place) {
    const [room, host] = someoneIn(place) ?? [];
    const [guest, answer] = [chance.oneOf(place.people)!, chance.oneOf(['yes', 'no'])!];
    if (!room || !host) return;
    const work = async () => {
      await fingers.command(place.square, guest, 'knock', { member: host });
      await fingers.press(room, host, `room/answer/${room}/${guest}/${answer}`);
    };
    fingers.begin(work());
  },
  askForTheFloor(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    const [host, answer] = [chance.below(24), chance.oneOf(['yes', 'no'])!];
    if (!room || !userId) return;
    const all = inside(place, room);
    const work = async () => {
      await fingers.press(room, userId, `room/knock/${room}`);
      await fingers.press(room, all[host % all.length]!, `room/answer/${room}/${userId}/${answer}`);
    };
    fingers.begin(work());
  },
  rename(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    const name = `Salle ${chance.below(50)}`;
    if (room && userId) fingers.begin(fingers.fill(room, userId, `room/name/${room}`, { name }));
  },
  limit(place: Place) {
    const [room, userId] = someoneIn(place) ?? [];
    const values = { limit: String(chance.below(15)), bitrate: ['32000'], region: ['auto'] };
    if (room && userId) fingers.begin(fingers.fill(room, userId, `room/settings/${room}`, values));
  },
  changeRole(place: Place) {
    const userId = chance.oneOf(place.people)!;
    const roles = chance.below(2) === 0 ? [place.role] : [];
    world.members.edit(guildOf(place), userId, { roles }, { userId: place.guildId });
  },
  leaveServerAndReturn(place: Place) {
    const userId = chance.oneOf(place.people)!;
    world.members.remove(guildOf(place), userId);
    world.members.add(place.guildId, userId);
  },
};

// What goes wrong

const troubles = {
  rest: () => client.weather('rest', restTrouble(chance)),
  async loseEvents() {
    trouble();
    const t = chance.oneOf(['^VOICE_STATE_UPDATE$', '^CHANNEL_(CREATE|DELETE|UPDATE)$', '^GUILD_MEMBER_'])!;
    const count = 1 + chance.below(4);
    const loss = { t: new RegExp(t), left: count };
    losing.push(loss);
    await client.weather('lose-events', { t, count });
    // Those on the way meanwhile may have been told.
    loss.left = count;
  },
  dropGateway: () => {
    trouble();
    return client.weather('drop-gateway', chance.below(2) === 0 ? {} : { closeCode: 4000 });
  },
  invalidSession: () => {
    trouble();
    return client.weather('invalid-session', { resumable: chance.below(2) === 0 });
  },
  async stall() {
    trouble();
    await client.weather('stall-gateway', { on: true });
    for (let n = 0; n < 5; n++) act();
    await client.weather('stall-gateway', { on: false });
    trouble();
  },
  async outage() {
    trouble();
    const place = chance.oneOf(places)!;
    await client.weather('outage', { guildId: place.guildId, on: true });
    for (let n = 0; n < 10; n++) act();
    await client.weather('outage', { guildId: place.guildId, on: false });
    trouble();
  },
  async forbid() {
    trouble();
    const guild = guildOf(chance.oneOf(places)!);
    const role = [...guild.roles.values()].find(({ tags }) => tags?.bot_id === world.bot.id)!;
    const { permissions } = role;
    const taken = chance.oneOf([P.MoveMembers, P.ManageChannels, P.MuteMembers, P.ManageRoles])!;
    const left = (BigInt(permissions) & ~taken).toString();
    const actor = { userId: guild.ownerId };
    world.roles.edit(guild, role.id, { permissions: left }, actor);
    for (let n = 0; n < 10; n++) act();
    await breathe();
    excuse(guild.id);
    world.roles.edit(guild, role.id, { permissions }, actor);
    trouble();
  },
  async restart() {
    trouble();
    const signal = chance.oneOf(['SIGTERM', 'SIGKILL'] as const)!;
    bot.kill(signal);
    for (let n = 0; n < 10; n++) act();
    await bot.end();
    excuse();
    failures.push(...bot.lines.filter(({ level }) => level === 'error'));
    processes++;
    trace(...bot.lines, { stopped: signal });
    count(`stopped by ${signal}`);
    for (let n = 0; n < 10; n++) act();
    bot = await scene.start(environment);
    trouble();
  },
};
const failures: LogLine[] = [];

const BY_HAND =
  /^(change(Mode|Lists)|purge|claim|transfer|deleteRoom|dashboard.*|replaceHub|knock|ask.*|rename|limit)$/;

function act(): void {
  const deed = chance.weighted<keyof typeof deeds>({
    joinHub: 30,
    joinRoom: 14,
    joinLounge: 4,
    leave: 22,
    everybodyLeaves: 5,
    moderatorMoves: 3,
    changeMode: 8,
    changeLists: 5,
    purge: 3,
    claim: 2,
    transfer: 2,
    deleteRoom: 1,
    deleteByHand: 1,
    dashboardChangesRoom: 2,
    dashboardChangesHub: 1,
    replaceHub: 1,
    knock: 2,
    askForTheFloor: 2,
    rename: 2,
    limit: 2,
    changeRole: 2,
    leaveServerAndReturn: 1,
  });
  const place = chance.oneOf(places)!;
  // The same numbers are drawn whether or not there is a hand free.
  const waits = guildOf(place).unavailable || fingers.busy >= MAX_BUSY;
  if (waits && BY_HAND.test(deed)) return;
  count(deed);
  deeds[deed](place);
}

/** The bot has read every event until now: it answers a heartbeat that is asked for after them. */
async function breathe(): Promise<void> {
  const [since, begun] = [sandbox.stream.seq, Date.now()];
  const { asked } = await client.weather('ask-heartbeat', {});
  if (asked === 0) return;
  const answered = scene.event(
    (event) => event.type === 'gateway' && (event.what === 'heartbeat' || event.what === 'closed'),
    { since, timeoutMs: 5_000 },
  );
  const answer = await answered.catch(() => undefined);
  if (answer === undefined) count('no heartbeat');
  else if (answer.type === 'gateway' && answer.what === 'heartbeat') {
    breaths.push({ asked: begun, answered: Date.now() });
    allIsKnown();
  }
}

// What must hold afterwards

type FullRow = RoomRow & Lists & { empty_since: Date | null; user_limit: number };
const rows = () => database.query<FullRow>('SELECT * FROM voice_rooms WHERE given_up_at IS NULL ORDER BY id');

/** Everything that does not hold now, one line each. */
async function discord(): Promise<string[]> {
  const all = await rows();
  const found: string[] = [];
  for (const row of all) {
    const place = places.find(({ guildId }) => guildId === row.guild_id)!;
    const name = `room ${row.channel_id ?? `(row ${row.id})`} of hub ${place.hubs.indexOf(row.hub_id)}`;
    if (row.channel_id === null || !guildOf(place).channels.has(row.channel_id))
      found.push(`${name} has no channel`);
    else if (inside(place, row.channel_id).length === 0) found.push(`${name} is empty`);
    else found.push(...wrongSettings(place, row, name), ...wrongAccess(place, row, name));
  }
  for (const place of places) {
    for (const id of roomsOf(place))
      if (!all.some(({ channel_id }) => channel_id === id)) found.push(`channel ${id} has no row`);
    for (const hub of place.hubs)
      for (const userId of inside(place, hub))
        found.push(`${userId} waits in hub ${place.hubs.indexOf(hub)}`);
    found.push(...(await wrongVoices(place, all)));
  }
  return found;
}

/** What the row says of its channel is what Discord has. */
function wrongSettings(place: Place, row: FullRow, name: string): string[] {
  const channel = guildOf(place).channels.get(row.channel_id!)!;
  return [
    ...(channel.name === row.name ? [] : [`${name} is called ${channel.name}, not ${row.name}`]),
    ...(channel.user_limit === row.user_limit ? [] : [`${name}: its limit is ${channel.user_limit}`]),
  ];
}

/** Discord's overwrites let in those whom the rules admit, and nobody else. */
function wrongAccess(place: Place, row: FullRow, name: string): string[] {
  const guild = guildOf(place);
  const channel = guild.channels.get(row.channel_id!)!;
  return place.people.flatMap((userId) => {
    const granted = world.permissions.inChannel(guild, channel, userId);
    const may = admitted(row, guild, userId);
    const sees = (granted & P.ViewChannel) !== 0n;
    if (may && (granted & P.Connect) === 0n) return [`${name}: ${userId} is shut out`];
    if (may) return [];
    if ((granted & P.Connect) !== 0n) return [`${name}: ${userId} could come in`];
    const hidden = row.mode === 'private' || row.blocked_members.includes(userId);
    return hidden && sees ? [`${name}: ${userId} sees it`] : [];
  });
}

/** Whoever is muted must be, or is remembered as to be unmuted once he is back in voice. */
async function wrongVoices(place: Place, all: FullRow[]): Promise<string[]> {
  const remembered = await database.query<{ user_id: string }>(
    'SELECT user_id FROM voice_silences WHERE guild_id = $1',
    [place.guildId],
  );
  const guild = guildOf(place);
  return place.people.flatMap((userId) => {
    const state = guild.voiceStates.get(userId);
    const muted = guild.members.get(userId)?.mute === true;
    const room = all.find(({ channel_id }) => channel_id !== null && channel_id === state?.channel_id);
    if (state === undefined) {
      const known = remembered.some(({ user_id }) => user_id === userId);
      return muted && !known ? [`${userId} is away, muted and forgotten`] : [];
    }
    const heard = !state.mute && !state.suppress;
    const may = room === undefined || mayBeHeard(room, guild, userId);
    if (may && !heard) return [`${userId} is silenced in ${room ? `a ${room.mode} room` : 'no room'}`];
    if (!may && heard) return [`${userId} is heard in a conference`];
    return [];
  });
}

const mustBeNone = (what: string, found: unknown[]) =>
  expect(found, `${what}:\n${found.map((one) => JSON.stringify(one)).join('\n')}`).toEqual([]);

/** Waits until nothing of that kind is found any more. The error says what was found last. */
async function untilNone(what: string, find: () => unknown[] | Promise<unknown[]>): Promise<void> {
  let found: unknown[] = [];
  const look = async () => (found = await find()).length;
  await expect
    .poll(look, { timeout: CALM_MS, interval: 250 })
    .toBe(0)
    .catch(() => mustBeNone(what, found));
}
const agreement = (when: string) => untilNone(`does not agree ${when}`, discord);

test(`seed ${seed}: after ${steps} steps everything agrees`, { timeout: 180_000 }, async () => {
  try {
    for (let step = 1; step <= steps; step++) {
      act();
      if (step % BREATH === 0) await breathe();
      if (step % 25 === 0) {
        const what = chance.weighted<keyof typeof troubles>({
          rest: 24,
          loseEvents: 5,
          dropGateway: 5,
          invalidSession: 3,
          stall: 4,
          outage: 4,
          forbid: 3,
          restart: 4,
        });
        count(what);
        trace({ trouble: what, step, at: Date.now() });
        await troubles[what]();
      }
    }
    await fingers.settled();
    await client.weather('clear', {});
    // What was lost on the way to this process nobody will tell it: only a new session shows the world as it is.
    const renewed = async () => (await client.weather('invalid-session', { resumable: false })).sent;
    await expect.poll(renewed, { timeout: CALM_MS }).toBeGreaterThan(0);
    await agreement('after the storm');

    // Purged, nobody sits where the rules forbid.
    for (const { channel_id: roomId, guild_id } of await rows()) {
      const { status, result } = await database.command(guild_id, 'room.update', { roomId, purge: true });
      // A room that the purge leaves empty is gone at once.
      if (status !== 'done') expect(result).toMatchObject({ code: 'unknown_room' });
    }
    const misplaced = async () =>
      (await rows()).flatMap((row) => {
        const place = places.find(({ guildId }) => guildId === row.guild_id)!;
        return inside(place, row.channel_id!).filter((userId) => !admitted(row, guildOf(place), userId));
      });
    await untilNone('may not be there after a purge', misplaced);
    await agreement('after the purges');

    // Everybody goes, and nothing is left.
    for (const place of places) for (const userId of place.people) voice.leave(userId, guildOf(place));
    await untilNone('rooms are left', rows);
    await agreement('when everybody has gone');
    for (const place of places)
      for (const userId of place.people) voice.join(userId, place.lounge, guildOf(place));
    const silenced = () =>
      places.flatMap((place) => place.people.filter((id) => guildOf(place).members.get(id)?.mute));
    await untilNone('still muted', silenced);
    const remembered = () => database.query('SELECT user_id FROM voice_silences');
    await untilNone('still to be unmuted', remembered);
    mustBeNone('went wrong meanwhile', wrongs);
    expect(forbidden).toBeLessThanOrEqual(5 + 10 * (counted.get('forbid') ?? 0));
    const flood = [...notices].filter(([, times]) => times > processes);
    mustBeNone(`said more often than there were processes (${processes})`, flood);
    failures.push(...bot.lines.filter(({ level }) => level === 'error'));
    // A permission may be taken between the look at it and the call.
    mustBeNone(
      'logged as an error',
      failures.filter(({ error }) => !String(error).includes('403 (code 50013)')),
    );
  } catch (error) {
    trace(...bot.lines);
    const tally = Object.fromEntries([...counted, ...fingers.pressed].toSorted());
    throw new Error(`VAGROLANT_STORM_SEED=${seed}: ${(error as Error).message}\n${JSON.stringify(tally)}`, {
      cause: error,
    });
  }
});
