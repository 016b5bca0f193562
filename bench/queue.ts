// The dashboard's queue beside others, side by side in one run: insert-to-done latency and throughput. README.md
// says what is measured and how.
//
//   node bench/queue.ts [--seconds 60] [--runs 3] [--only 'vagrolant,graphile-worker'] [--seed 1]
//                       [--build build/release]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { bareLimit, contendersWith, finishedRows, guilds, jobs } from './queue_contenders.ts';
import { latencies, limit, throughput } from './queue_measure.ts';

const here = import.meta.dirname;
const root = path.dirname(here);
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    build: { type: 'string', default: path.join(root, 'build/release') },
  },
});
const seconds = Number(options.seconds);
const runs = Number(options.runs);

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
const round = (value: number, digits: number) => Number(value.toFixed(digits));

const all = contendersWith(path.join(options.build, 'bench/queue_ours'));
const wanted = options.only ? options.only.split(',').map((name) => name.trim()) : undefined;
const contenders = all.filter(({ name }) => wanted?.includes(name) ?? true);
const limits: [name: string, rows: number][] = [
  ['bare limit', 1],
  ['bare limit by 100', 100],
];

async function measureLatency(admin: pg.Client, url: string) {
  const clock = path.join(options.build, 'bench/queue_clock');
  const took = await latencies(contenders, clock, admin, url, seconds, Number(options.seed));
  return [...contenders, bareLimit].map(({ name }) => {
    const values = took.get(name) ?? [];
    return {
      name,
      commands: values.length,
      p50: round(percentile(values, 0.5), 2),
      p99: round(percentile(values, 0.99), 2),
      max: round(percentile(values, 1), 2),
    };
  });
}

async function measureThroughput(admin: pg.Client, url: string) {
  const rates = new Map<string, number[]>();
  const outOfOrder = new Map<string, number>();
  const add = (name: string, rate: number) => rates.set(name, [...(rates.get(name) ?? []), rate]);
  for (let run = 0; run < runs; run += 1) {
    // They take turns, each time beginning with another.
    for (let i = 0; i < contenders.length; i += 1) {
      const contender = contenders[(i + run) % contenders.length];
      if (!contender) continue;
      const result = await throughput(contender, admin, url);
      add(contender.name, result.perSecond);
      outOfOrder.set(contender.name, (outOfOrder.get(contender.name) ?? 0) + result.outOfOrder);
    }
    for (const [name, rows] of limits) {
      if (wanted?.includes(name) ?? true) add(name, await limit(rows, admin, url));
    }
  }
  return [...rates].map(([name, values]) => ({
    name,
    perSecond: Math.round(percentile(values, 0.5)),
    runs: values.map(Math.round),
    outOfOrder: outOfOrder.get(name),
  }));
}

function ratios(
  latency: Awaited<ReturnType<typeof measureLatency>>,
  rates: Awaited<ReturnType<typeof measureThroughput>>,
) {
  const slow = (name: string) => latency.find((one) => one.name === name);
  const fast = (name: string) => rates.find((one) => one.name === name)?.perSecond ?? Number.NaN;
  const ours = slow('vagrolant');
  const full = `vagrolant with ${finishedRows} finished`;
  const of = (a?: number, b?: number) => round((a ?? Number.NaN) / (b ?? Number.NaN), 2);
  return [
    ['p50 to graphile-worker', of(ours?.p50, slow('graphile-worker')?.p50), 'at most 0.5'],
    ['p99 to own p50', of(ours?.p99, ours?.p50), 'below 2'],
    ['p99 to graphile-worker p50', of(ours?.p99, slow('graphile-worker')?.p50), 'below 2'],
    ['p99 to p50 of the bare limit', of(slow(bareLimit.name)?.p99, slow(bareLimit.name)?.p50), ''],
    ['p99 with finished rows to without', of(slow(full)?.p99, ours?.p99), ''],
    ['p50 with finished rows to without', of(slow(full)?.p50, ours?.p50), 'at most 1.1'],
    [
      'throughput to graphile-worker batched',
      of(fast('vagrolant'), fast('graphile-worker batched')),
      'at least 1',
    ],
    ['throughput to the bare limit by 100', of(fast('vagrolant'), fast('bare limit by 100')), ''],
    ['throughput with finished rows to without', of(fast(full), fast('vagrolant')), 'at least 0.9'],
  ].flatMap(([name, value, target]) => (Number.isNaN(value) ? [] : [{ name, value, target }]));
}

const script = path.join(root, 'scripts/postgres.sh');
const data = path.join(root, '.data/bench-queue');
// Durable, as in production.
const url = execFileSync(script, ['start', data], { encoding: 'utf8' }).trim();
const admin = new pg.Client({ connectionString: url });
try {
  await admin.connect();
  console.log(`insert to done, one command a second each for ${seconds} s, PostgreSQL 15 with default fsync`);
  const latency = await measureLatency(admin, url);
  console.table(
    Object.fromEntries(
      latency.map(({ name, commands, p50, p99, max }) => [
        name,
        { commands, 'p50 ms': p50, 'p99 ms': p99, 'max ms': max },
      ]),
    ),
  );
  console.log(`${jobs} queued commands over ${guilds} guilds, medians of ${runs} runs`);
  const rates = await measureThroughput(admin, url);
  console.table(
    Object.fromEntries(
      rates.map(({ name, perSecond, outOfOrder }) => [
        name,
        { 'a second': perSecond, 'out of order in their guild': outOfOrder ?? '' },
      ]),
    ),
  );
  const compared = ratios(latency, rates);
  console.table(
    Object.fromEntries(compared.map(({ name, value, target }) => [name, { ratio: value, target }])),
  );
  const results = path.join(here, 'results');
  mkdirSync(results, { recursive: true });
  const report = {
    bench: 'queue',
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    seconds,
    jobs,
    guilds,
    latency,
    throughput: rates,
    ratios: compared,
  };
  writeFileSync(path.join(results, 'queue.json'), `${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  await admin.end();
  execFileSync(script, ['stop', data]);
}
