// Voice hubs, ours and a discord.js bot side by side, against the sandbox with a fixed answer time: from a member's
// join of the hub until Discord has moved him into his room, and the REST calls of the rooms' whole lives. Then
// 100,000 voice states that concern no hub, whose database queries and REST calls are counted.
//
//   node bench/hubs.ts [--ours build/release/vagrolant] [--one 100] [--only vagrolant] [--scenario 'no global']

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SandboxEvent } from '@vagrolant/sandbox/api';
import { startDiscordJs, startLimit, startOurs } from './hubs_bots.ts';
import type { Bot, StartBot } from './hubs_bots.ts';
import { ANSWER_MS, setScene } from './hubs_scene.ts';
import type { Scene, Server } from './hubs_scene.ts';

// The sandbox answers in this process, and a young heap this large is tidied up a few times in a run, not every few
// joins. It can only be asked for at the start.
const ROOM_FOR_THE_YOUNG = '--max-semi-space-size=64';
if (!process.execArgv.includes(ROOM_FOR_THE_YOUNG)) {
  const again = [ROOM_FOR_THE_YOUNG, ...process.execArgv, ...process.argv.slice(1)];
  process.exit(spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1);
}

const here = import.meta.dirname;
const root = path.dirname(here);
const { values: options } = parseArgs({
  options: {
    ours: { type: 'string', default: path.join(root, 'build/release/vagrolant') },
    one: { type: 'string', default: '100' },
    flood: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    scenario: { type: 'string', default: '' },
  },
});
const ours = path.resolve(options.ours);
const LIMIT_OF_DISCORD = 50;
/** Out of the way: what is measured then is the bot. */
const NO_LIMIT = 10_000;
const MOVED_WITHIN_MS = 60_000;
const PANEL_WITHIN_MS = 30_000;
/** Those of each server who are in no scenario; few enough for the buckets to be full again. */
const WARM_MEMBERS = [5, 6, 7];
const WARM_PER_SECOND = 200;
const WARM_SECONDS = 1;

const contenders: [name: string, start: StartBot][] = (
  [
    ['vagrolant', startOurs(ours)],
    ['discord.js', startDiscordJs],
    ['bare limit', startLimit],
  ] satisfies [string, StartBot][]
).filter(([name]) => options.only === '' || options.only === name);

type VoiceData = { user_id: string; channel_id: string | null };
type RestEvent = Extract<SandboxEvent, { type: 'rest' }>;
/** What a join has come to so far; moments of `performance.now`. */
interface Join {
  since: number;
  /** What Discord took to make the channel. */
  makingMs: number;
  moved: number | undefined;
}

/** Watches who is moved where, and counts the calls. */
class Watch {
  calls = new Map<string, number>();
  readonly waits: number[] = [];
  /** The waits without what the sandbox took for the two answers: the bot, and the way there and back. */
  readonly own: number[] = [];
  /** What the sandbox took for each answer. */
  readonly answers: number[] = [];
  unserved = 0;
  unpanelled = 0;
  #scene: Scene;
  #hubs: Set<string>;
  #lounges: Set<string>;
  #joined = new Map<string, Join>();
  #moved = new Map<string, () => void>();
  #conditions = new Set<() => void>();
  #rooms = 0;
  #panels = 0;
  #stop: () => void;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#hubs = new Set(scene.servers.map(({ hubId }) => hubId));
    this.#lounges = new Set(scene.servers.map(({ loungeId }) => loungeId));
    this.#stop = scene.sandbox.stream.on((event) => this.#see(event));
  }

  #see(event: SandboxEvent): void {
    if (event.type === 'rest') {
      const what = `${event.method} ${event.path.replace(/\d{15,}/g, '{id}')}`;
      this.calls.set(what, (this.calls.get(what) ?? 0) + 1);
      this.answers.push(event.durationMs);
      this.#answered(event);
    } else if (event.type === 'world' && event.t === 'VOICE_STATE_UPDATE') {
      const { user_id: userId, channel_id: channelId } = event.data as VoiceData;
      const join = this.#joined.get(userId);
      if (join === undefined || join.moved !== undefined || channelId === null) return;
      if (this.#hubs.has(channelId) || this.#lounges.has(channelId)) return;
      join.moved = performance.now();
      this.waits.push(join.moved - join.since);
      this.#moved.get(userId)?.();
    } else if (event.type === 'world') this.#count(event.t);
  }

  #answered({ method, path: where, requestBody, durationMs }: RestEvent): void {
    if (method === 'POST' && where.endsWith('/channels')) {
      const { permission_overwrites: overwrites = [] } = requestBody as {
        permission_overwrites?: { id: string }[];
      };
      const join = overwrites.map(({ id }) => this.#joined.get(id)).find((one) => one !== undefined);
      if (join !== undefined) join.makingMs = durationMs;
    } else if (method === 'PATCH') {
      const userId = /\/members\/(\d+)$/.exec(where)?.[1] ?? '';
      const join = this.#joined.get(userId);
      if (join?.moved === undefined) return;
      this.#joined.delete(userId);
      const asked = performance.now() - durationMs;
      this.own.push(asked - join.since - join.makingMs);
    }
  }

  #count(t: string): void {
    if (t === 'CHANNEL_CREATE') this.#rooms++;
    else if (t === 'CHANNEL_DELETE') this.#rooms--;
    else if (t === 'MESSAGE_CREATE') this.#panels++;
    else return;
    for (const condition of this.#conditions) condition();
  }

  /** Every room that has been made has its panel; or there will be none. */
  async panelled(): Promise<void> {
    await this.#until(() => this.#panels >= this.waits.length, PANEL_WITHIN_MS);
    this.unpanelled = this.waits.length - this.#panels;
  }

  /** Every room is gone. */
  async emptied(): Promise<void> {
    if (!(await this.#until(() => this.#rooms === 0, MOVED_WITHIN_MS))) throw new Error('rooms are left');
  }

  async #until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const condition = () => holds() && resolve(true);
    this.#conditions.add(condition);
    condition();
    const outcome = await Promise.race([promise, sleep(withinMs, false, { ref: false })]);
    this.#conditions.delete(condition);
    return outcome;
  }

  /** Resolves once Discord has moved the member, or too late. */
  async join(server: Server, userId: string): Promise<void> {
    const moved = new Promise<string>((resolve) => this.#moved.set(userId, () => resolve('moved')));
    this.#joined.set(userId, { since: performance.now(), makingMs: 0, moved: undefined });
    this.#scene.join(server, userId);
    const late = sleep(MOVED_WITHIN_MS, 'late', { ref: false });
    if ((await Promise.race([moved, late])) === 'late') this.unserved++;
  }

  total(): number {
    let sum = 0;
    for (const count of this.calls.values()) sum += count;
    return sum;
  }

  end(): void {
    this.#stop();
  }
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const round = (value: number) => Math.round(value * 10) / 10;

async function scenario(
  start: StartBot,
  perSecond: number,
  members: number,
  play: (scene: Scene, watch: Watch) => Promise<void>,
) {
  const scene = await setScene(100, members, perSecond);
  let bot: Bot | undefined;
  try {
    bot = await start(scene, perSecond);
    scene.sandbox.weather.latencyMs = ANSWER_MS;
    await warmUp(scene, perSecond);
    const watch = new Watch(scene);
    await play(scene, watch);
    watch.end();
    const sorted = watch.waits.toSorted((a, b) => a - b);
    const answers = watch.answers.toSorted((a, b) => a - b);
    const own = watch.own.toSorted((a, b) => a - b);
    return {
      rooms: sorted.length,
      unserved: watch.unserved,
      unpanelled: watch.unpanelled,
      p50: round(percentile(sorted, 0.5)),
      p99: round(percentile(sorted, 0.99)),
      max: round(sorted.at(-1) ?? Number.NaN),
      ownP50: round(percentile(own, 0.5)),
      ownP99: round(percentile(own, 0.99)),
      answerP50: round(percentile(answers, 0.5)),
      answerP99: round(percentile(answers, 0.99)),
      callsPerRoom: round(watch.total() / sorted.length),
      calls: Object.fromEntries(watch.calls),
    };
  } finally {
    await bot?.stop();
    await scene.close();
  }
}

/** Rooms that are not counted, of other members: who answers and who asks have compiled what they need. */
async function warmUp(scene: Scene, perSecond: number): Promise<void> {
  const watch = new Watch(scene);
  const people = scene.servers
    .flatMap((server) => WARM_MEMBERS.map((n) => [server, server.members[n]!] as const))
    .slice(0, perSecond * WARM_SECONDS);
  const joins = people.map(async ([server, userId], index) => {
    await sleep((index * 1000) / WARM_PER_SECOND);
    await watch.join(server, userId);
  });
  await Promise.all(joins);
  await watch.panelled();
  for (const [server, userId] of people) scene.leave(server, userId);
  await watch.emptied();
  watch.end();
}

/** One member at a time, in one server after another: no limit is ever in the way. */
async function oneAtATime(scene: Scene, watch: Watch): Promise<void> {
  for (let n = 0; n < Number(options.one); n++) {
    const server = scene.servers[n % scene.servers.length]!;
    const userId = server.members[Math.floor(n / scene.servers.length) % server.members.length]!;
    await watch.join(server, userId);
    await watch.panelled();
    scene.leave(server, userId);
    await watch.emptied();
  }
}

/** Five members of each of a hundred servers, evenly over one second; then they all leave. */
async function crowd(scene: Scene, watch: Watch): Promise<void> {
  const people = Array.from({ length: 5 }, (_, n) =>
    scene.servers.map((server) => [server, server.members[n]!] as const),
  ).flat();
  const began = performance.now();
  const joins = people.map(async ([server, userId], index) => {
    await sleep(began + (index * 1000) / people.length - performance.now());
    await watch.join(server, userId);
  });
  await Promise.all(joins);
  await watch.panelled();
  for (const [server, userId] of people) scene.leave(server, userId);
  await watch.emptied();
}

/** Members who talk elsewhere: they mute themselves and unmute, all in a plain voice channel. */
async function flood(start: StartBot): Promise<object> {
  const scene = await setScene(1, 100, NO_LIMIT);
  const { world, stream, gateway } = scene.sandbox;
  const bot = await start(scene, NO_LIMIT);
  try {
    const server = scene.servers[0]!;
    const guild = world.guilds.get(server.guildId)!;
    const lounge = guild.channels.get(server.loungeId)!;
    for (const userId of server.members) world.voice.join(guild, lounge, userId);
    await heard();
    const since = bot.statements?.() ?? [];
    const calls: string[] = [];
    const stop = stream.on((event) => event.type === 'rest' && calls.push(`${event.method} ${event.path}`));
    const events = Number(options.flood);
    const began = performance.now();
    for (let n = 0; n < events; n++) {
      const userId = server.members[n % server.members.length]!;
      const selfMute = Math.floor(n / server.members.length) % 2 === 0;
      world.voice.join(guild, lounge, userId, { selfMute });
      // As fast as they are read, within what a connection holds.
      if (n % 1000 === 999) await heard();
    }
    await heard();
    const wall = (performance.now() - began) / 1000;
    stop();
    const statements = (bot.statements?.() ?? []).slice(since.length);
    const kinds = new Map<string, number>();
    for (const sql of statements) kinds.set(sql, (kinds.get(sql) ?? 0) + 1);
    return {
      events,
      seconds: round(wall),
      restCalls: calls.length,
      queriesOfVoice: statements.filter((sql) => /\bvoice_/i.test(sql)).length,
      otherQueries: Object.fromEntries(kinds),
    };
  } finally {
    await bot.stop();
    await scene.close();
  }

  /** A heartbeat on request is answered once everything before it has been read. */
  async function heard(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      const stop = stream.on((event) => {
        if (event.type !== 'gateway' || event.what !== 'heartbeat') return;
        stop();
        resolve();
      });
    });
    gateway.askHeartbeat(undefined);
    await answered;
  }
}

const columns = (row: Awaited<ReturnType<typeof scenario>>) => ({
  rooms: row.rooms,
  unserved: row.unserved,
  'no panel': row.unpanelled,
  'p50 ms': row.p50,
  'p99 ms': row.p99,
  'max ms': row.max,
  'own p50 ms': row.ownP50,
  'own p99 ms': row.ownP99,
  'calls a room': row.callsPerRoom,
  'answer p50 ms': row.answerP50,
  'answer p99 ms': row.answerP99,
});

const scenarios = [
  ['one member at a time', NO_LIMIT, oneAtATime],
  ['500 members in a second, no global limit', NO_LIMIT, crowd],
  [`500 members in a second, ${LIMIT_OF_DISCORD} calls a second as Discord has it`, LIMIT_OF_DISCORD, crowd],
] as const;

console.log(`join to moved, every answer takes ${ANSWER_MS} ms: two of them are ${2 * ANSWER_MS} ms`);
const report: Record<string, unknown> = {};
for (const [title, perSecond, play] of scenarios) {
  if (!title.includes(options.scenario)) continue;
  const table: Record<string, Awaited<ReturnType<typeof scenario>>> = {};
  for (const [name, start] of contenders) {
    // It knows no limit.
    if (start === startLimit && perSecond === LIMIT_OF_DISCORD) continue;
    table[name] = await scenario(start, perSecond, 8, play);
  }
  console.log(title);
  console.table(Object.fromEntries(Object.entries(table).map(([name, row]) => [name, columns(row)])));
  report[title] = table;
}
if (options.only !== 'discord.js' && 'flood'.includes(options.scenario)) {
  report.flood = await flood(startOurs(ours, { statements: true }));
  console.log('voice states that concern no hub', report.flood);
}
const results = path.join(here, 'results');
mkdirSync(results, { recursive: true });
const head = { bench: 'hubs', at: new Date().toISOString(), cpu: cpus()[0]?.model, cores: cpus().length };
if (options.only === '' && options.scenario === '')
  writeFileSync(path.join(results, 'hubs.json'), `${JSON.stringify({ ...head, ...report }, undefined, 2)}\n`);
