/**
 * A storm over voice hubs: thousands of people who join, leave, move, press buttons and change modes while Discord
 * limits, fails and hangs up, events are lost, servers go away and the bot is stopped, killed and started. Afterwards
 * everything must have come to agree.
 *
 * The seed is printed when something does not hold; VAGROLANT_STORM_SEED plays it again, VAGROLANT_STORM_STEPS makes
 * the storm longer. What people try is the same for the same seed; whom they find where, and when the bot answers, is
 * not. What led to something that does not hold is found in VAGROLANT_STORM_TRACE, a file that then gets everything
 * that was said.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { BotProcess, LogLine } from '../support/bot.ts';
import { Agreement, CALM_MS, mustBeNone, untilNone } from '../support/storm/agreement.ts';
import { Chance, restTrouble } from '../support/storm/chance.ts';
import { Fingers } from '../support/storm/fingers.ts';
import { Place } from '../support/storm/places.ts';
import { MODES } from '../support/storm/rules.ts';
import { Witness } from '../support/storm/witness.ts';
import { P, VoiceScene } from '../support/voice.ts';

const seed = Number(process.env.VAGROLANT_STORM_SEED ?? 20_261_121);
const steps = Number(process.env.VAGROLANT_STORM_STEPS ?? 2_000);
const SERVERS = 6;
const PEOPLE = 24;
/** Steps after which the bot has read every event so far, unless it is down. */
const BREATH = 20;
/** Steps after which something goes wrong. */
const TROUBLE = 25;
/** Steps after which nothing goes wrong for a while, and for how many deeds. */
const LULL = 600;
const LULL_DEEDS = 150;
const MAX_BUSY = 24;

/** Anew for every deed and trouble: how often one of them draws changes nothing for the next. */
let chance = new Chance(seed);
let drawn = 0;
const drawAnew = () => (chance = new Chance(seed + 7_919 * ++drawn));
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
sandbox.stream.on((event) => trace(event));
let bot: BotProcess = await scene.start(environment);
let processes = 1;
/** What the processes that have ended logged as errors. */
const failures: LogLine[] = [];
const places = await Place.everywhere(voice);
const witness = new Witness(scene, places, trace);
afterAll(witness.stop);
const agreement = new Agreement(voice, places);

const counted = new Map<string, number>();
const count = (what: string) => counted.set(what, (counted.get(what) ?? 0) + 1);

// What people do

function joinIfLetIn({ guild }: Place, userId: string, channelId = ''): void {
  const channel = guild.channels.get(channelId);
  if (channel && world.voice.canJoin(guild, channel, userId)) world.voice.join(guild, channel, userId);
}

const deeds = {
  joinHub: (place: Place) => joinIfLetIn(place, chance.oneOf(place.people)!, chance.oneOf(place.hubs)),
  joinRoom: (place: Place) => joinIfLetIn(place, chance.oneOf(place.people)!, chance.oneOf(place.rooms)),
  joinLounge: (place: Place) => voice.join(chance.oneOf(place.people)!, place.lounge, place.guild),
  leave: (place: Place) => voice.leave(chance.oneOf(place.people)!, place.guild),
  everybodyLeaves(place: Place) {
    const room = chance.oneOf(place.rooms);
    if (room) for (const userId of place.inside(room)) voice.leave(userId, place.guild);
  },
  moderatorMoves(place: Place) {
    const [userId, to] = [chance.oneOf(place.people)!, chance.oneOf([...place.rooms, ...place.hubs])];
    const { guild } = place;
    const channel = guild.channels.get(to ?? '');
    if (channel && guild.voiceStates.has(userId))
      world.voice.move(guild, userId, channel, { userId: guild.ownerId });
  },
  changeMode(place: Place) {
    const [room, userId] = place.someone(chance);
    const mode = chance.oneOf(MODES)!;
    if (room && userId) fingers.begin(fingers.press(room, userId, `room/mode/${room}/${mode}`));
  },
  changeLists(place: Place) {
    const [room, userId] = place.someone(chance);
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
    const [room, userId] = place.someone(chance);
    if (!room || !userId) return;
    const work = async () => {
      const asked = await fingers.press(room, userId, `room/purge/${room}`);
      await fingers.pressNext(asked, room, userId, `room/purge-now/${room}`);
    };
    fingers.begin(work());
  },
  claim(place: Place) {
    const [room, userId] = place.someone(chance);
    if (room && userId) fingers.begin(fingers.press(room, userId, `room/claim/${room}`));
  },
  transfer(place: Place) {
    const [room, userId] = place.someone(chance);
    if (!room || !userId) return;
    const to = chance.oneOf(place.inside(room))!;
    const work = async () => {
      const opened = await fingers.press(room, userId, `room/transfer/${room}`);
      await fingers.choose(opened, room, userId, `room/owner/${room}`, [to]);
    };
    fingers.begin(work());
  },
  deleteRoom(place: Place) {
    const [room, userId] = place.someone(chance);
    if (!room || !userId) return;
    witness.mayDelete(room);
    witness.excuse(place.guildId);
    const work = async () => {
      const asked = await fingers.press(room, userId, `room/delete/${room}`);
      await fingers.pressNext(asked, room, userId, `room/delete-now/${room}`);
    };
    fingers.begin(work());
  },
  deleteByHand(place: Place) {
    const room = chance.oneOf(place.rooms);
    if (!room) return;
    witness.mayDelete(room);
    witness.excuse(place.guildId);
    world.channels.delete(room, { userId: place.guildId });
  },
  dashboardChangesRoom(place: Place) {
    const room = chance.oneOf(place.rooms);
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
  replaceHub(place: Place) {
    const [index, byHand] = [chance.below(2), chance.below(2) === 0];
    const hubId = place.hubs[index]!;
    if (!place.guild.channels.has(hubId)) return;
    witness.mayDelete(hubId);
    witness.excuse(place.guildId);
    fingers.begin(place.replaceHub(index, byHand));
  },
  knock(place: Place) {
    const [room, host] = place.someone(chance);
    const [guest, answer] = [chance.oneOf(place.people)!, chance.oneOf(['yes', 'no'])!];
    if (!room || !host) return;
    const work = async () => {
      await fingers.command(place.square, guest, 'knock', { member: host });
      await fingers.press(room, host, `room/answer/${room}/${guest}/${answer}`);
    };
    fingers.begin(work());
  },
  askForTheFloor(place: Place) {
    const [room, userId] = place.someone(chance);
    const [host, answer] = [chance.below(24), chance.oneOf(['yes', 'no'])!];
    if (!room || !userId) return;
    const all = place.inside(room);
    const work = async () => {
      await fingers.press(room, userId, `room/knock/${room}`);
      await fingers.press(room, all[host % all.length]!, `room/answer/${room}/${userId}/${answer}`);
    };
    fingers.begin(work());
  },
  rename(place: Place) {
    const [room, userId] = place.someone(chance);
    const name = `Salle ${chance.below(50)}`;
    if (room && userId) fingers.begin(fingers.fill(room, userId, `room/name/${room}`, { name }));
  },
  limit(place: Place) {
    const [room, userId] = place.someone(chance);
    const values = { limit: String(chance.below(15)), bitrate: ['32000'], region: ['auto'] };
    if (room && userId) fingers.begin(fingers.fill(room, userId, `room/settings/${room}`, values));
  },
  changeRole(place: Place) {
    const userId = chance.oneOf(place.people)!;
    const roles = chance.below(2) === 0 ? [place.role] : [];
    world.members.edit(place.guild, userId, { roles }, { userId: place.guildId });
  },
  leaveServerAndReturn(place: Place) {
    const userId = chance.oneOf(place.people)!;
    world.members.remove(place.guild, userId);
    world.members.add(place.guildId, userId);
  },
};

// What goes wrong

const troubles = {
  rest: () => client.weather('rest', restTrouble(chance)),
  async loseEvents() {
    witness.trouble();
    const t = chance.oneOf(['^VOICE_STATE_UPDATE$', '^CHANNEL_(CREATE|DELETE|UPDATE)$', '^GUILD_MEMBER_'])!;
    const count = 1 + chance.below(4);
    const loss = witness.loses(new RegExp(t), count);
    await client.weather('lose-events', { t, count });
    // Those on the way meanwhile may have been told.
    loss.left = count;
  },
  dropGateway: () => {
    witness.trouble();
    return client.weather('drop-gateway', chance.below(2) === 0 ? {} : { closeCode: 4000 });
  },
  invalidSession: () => {
    witness.trouble();
    return client.weather('invalid-session', { resumable: chance.below(2) === 0 });
  },
  async stall() {
    witness.trouble();
    await client.weather('stall-gateway', { on: true });
    for (let n = 0; n < 5; n++) act();
    await client.weather('stall-gateway', { on: false });
    witness.trouble();
  },
  async outage() {
    witness.trouble();
    const place = chance.oneOf(places)!;
    await client.weather('outage', { guildId: place.guildId, on: true });
    for (let n = 0; n < 10; n++) act();
    await client.weather('outage', { guildId: place.guildId, on: false });
    witness.trouble();
  },
  async forbid() {
    witness.trouble();
    const guild = chance.oneOf(places)!.guild;
    const role = [...guild.roles.values()].find(({ tags }) => tags?.bot_id === world.bot.id)!;
    const { permissions } = role;
    const taken = chance.oneOf([P.MoveMembers, P.ManageChannels, P.MuteMembers, P.ManageRoles])!;
    const left = (BigInt(permissions) & ~taken).toString();
    const actor = { userId: guild.ownerId };
    world.roles.edit(guild, role.id, { permissions: left }, actor);
    for (let n = 0; n < 10; n++) act();
    await breathe();
    witness.excuse(guild.id);
    world.roles.edit(guild, role.id, { permissions }, actor);
    witness.trouble();
  },
  async restart() {
    witness.trouble();
    const signal = chance.oneOf(['SIGTERM', 'SIGKILL'] as const)!;
    bot.kill(signal);
    for (let n = 0; n < 10; n++) act();
    await bot.end();
    witness.excuse();
    failures.push(...bot.lines.filter(({ level }) => level === 'error'));
    processes++;
    trace(...bot.lines, { stopped: signal });
    count(`stopped by ${signal}`);
    for (let n = 0; n < 10; n++) act();
    bot = await scene.start(environment);
    witness.trouble();
  },
};

const BY_HAND =
  /^(change(Mode|Lists)|purge|claim|transfer|deleteRoom|dashboard.*|replaceHub|knock|ask.*|rename|limit)$/;

function act(): void {
  drawAnew();
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
  // Deed and place are drawn whether or not there is a hand free.
  const waits = place.guild.unavailable || fingers.busy >= MAX_BUSY;
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
  else if (answer.type === 'gateway' && answer.what === 'heartbeat') witness.breathed(begun);
}

/** What was lost on the way to this process nobody will tell it: only a new session shows the world as it is. */
async function renew(): Promise<void> {
  const since = sandbox.stream.seq;
  const renewed = async () => (await client.weather('invalid-session', { resumable: false })).sent;
  await expect.poll(renewed, { timeout: CALM_MS }).toBeGreaterThan(0);
  await scene.event((event) => event.type === 'gateway' && event.what === 'identified', { since });
  witness.told();
}

/** Nothing goes wrong for a while: what the bot does now it does knowingly. */
async function lull(): Promise<void> {
  await fingers.settled();
  await client.weather('clear', {});
  await renew();
  await untilNone('must not be known yet', async () => {
    await breathe();
    return witness.unknown;
  });
  for (let deed = 1; deed <= LULL_DEEDS; deed++) {
    act();
    if (deed % BREATH === 0) await breathe();
  }
  await fingers.settled();
  await breathe();
}

test(`seed ${seed}: after ${steps} steps everything agrees`, { timeout: 180_000 }, async () => {
  try {
    for (let step = 1; step <= steps; step++) {
      act();
      if (step % BREATH === 0) await breathe();
      if (step % LULL === 0) await lull();
      if (step % TROUBLE === 0) {
        drawAnew();
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
    await renew();
    await agreement.reached('after the storm');

    // Purged, nobody sits where the rules forbid.
    for (const { channel_id: roomId, guild_id } of await agreement.rows()) {
      const { status, result } = await database.command(guild_id, 'room.update', { roomId, purge: true });
      // A room that the purge leaves empty is gone at once.
      if (status !== 'done') expect(result).toMatchObject({ code: 'unknown_room' });
    }
    await untilNone('may not be there after a purge', () => agreement.misplaced());
    await agreement.reached('after the purges');

    // Everybody goes, and nothing is left.
    for (const place of places) for (const userId of place.people) voice.leave(userId, place.guild);
    await untilNone('rooms are left', () => agreement.rows());
    await agreement.reached('when everybody has gone');
    for (const place of places)
      for (const userId of place.people) voice.join(userId, place.lounge, place.guild);
    const silenced = () =>
      places.flatMap((place) => place.people.filter((id) => place.guild.members.get(id)?.mute));
    await untilNone('still muted', silenced);
    const remembered = () => database.query('SELECT user_id FROM voice_silences');
    await untilNone('still to be unmuted', remembered);
    mustBeNone('went wrong meanwhile', witness.wrongs);
    expect(witness.forbidden).toBeLessThanOrEqual(5 + 10 * (counted.get('forbid') ?? 0));
    const flood = witness.toldMoreThan(processes);
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
