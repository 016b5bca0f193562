/**
 * The gateway flood, four clients side by side in one run: the bare limit, Vagrolant's client, discord.js and
 * discord.py. Prints a table and writes bench/results/gateway.json.
 *
 *   node bench/gateway.ts [--build DIR] [--runs N] [--only NAME,…]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const { values: options } = parseArgs({
  options: {
    build: { type: 'string', default: path.join(here, '..', 'build', 'release') },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const runs = Number(options.runs);
const TIME_LIMIT_MS = 180_000;

interface Result {
  events: number;
  /** Seconds. */
  wall: number;
  cpu: number;
  /** Bytes, at the peak. */
  rss: number;
  inOrder: boolean;
}

interface Contender {
  name: string;
  command: string[];
  env?: Record<string, string>;
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'gateway-bench-'));
const key = path.join(directory, 'key.pem');
const certificate = path.join(directory, 'certificate.pem');
const python = '/usr/bin/python3';

function makeCertificate(): void {
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...request.split(' '), ...names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
}

function contenders(port: number): Contender[] {
  const program = (name: string): string => path.join(options.build, 'bench', name);
  const all: Contender[] = [
    { name: 'bare limit', command: [program('gateway_limit'), String(port), certificate] },
    { name: 'Vagrolant', command: [program('gateway_ours'), `wss://localhost:${port}`, certificate] },
    {
      name: 'discord.js',
      command: [process.execPath, path.join(here, 'gateway_discordjs.ts'), String(port)],
      env: { NODE_EXTRA_CA_CERTS: certificate, NODE_NO_WARNINGS: '1' },
    },
  ];
  if (existsSync('/usr/lib/python3/dist-packages/discord')) {
    all.push({
      name: 'discord.py',
      command: [python, path.join(here, 'gateway_discordpy.py'), String(port)],
      env: { SSL_CERT_FILE: certificate },
    });
  } else {
    console.error('discord.py is left out: install python3-discord');
  }
  const only = options.only.split(',').filter((name) => name !== '');
  return only.length > 0 ? all.filter((one) => only.includes(one.name)) : all;
}

async function run({ name, command, env }: Contender): Promise<Result> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await once(child, 'close');
  clearTimeout(timer);
  if (child.exitCode !== 0) {
    throw new Error(`${name} failed (exit ${child.exitCode ?? child.signalCode}): ${output.slice(0, 300)}`);
  }
  return JSON.parse(output) as Result;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

makeCertificate();
const server = spawn(process.execPath, [path.join(here, 'gateway_server.ts'), key, certificate], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const lines = createInterface({ input: server.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const { port, events, bytes } = JSON.parse(line) as { port: number; events: number; bytes: number };
  console.log(
    `${events} dispatches, ${(bytes / 1e6).toFixed(0)} MB, TLS on loopback, ${runs} runs of each in turn\n`,
  );

  const all = contenders(port);
  const results = new Map<string, Result[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (const one of all) results.get(one.name)?.push(await run(one));
  }

  const rows = [...results].map(([client, list]) => {
    const cpu = median(list.map((one) => one.cpu));
    return {
      client,
      'wall s': median(list.map((one) => one.wall)),
      'CPU s': cpu,
      'us CPU an event': (cpu / events) * 1e6,
      'peak RSS MB': median(list.map((one) => one.rss)) / 1e6,
      events: median(list.map((one) => one.events)),
      'in order': list.every((one) => one.inOrder),
    };
  });
  const digits: Record<string, number> = { 'wall s': 2, 'CPU s': 2, 'us CPU an event': 2, 'peak RSS MB': 1 };
  console.table(
    Object.fromEntries(
      rows.map(({ client, ...row }) => [
        client,
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [
            column,
            typeof value === 'number' && column in digits ? Number(value.toFixed(digits[column])) : value,
          ]),
        ),
      ]),
    ),
  );
  const cpuOf = (name: string): number | undefined => rows.find((row) => row.client === name)?.['CPU s'];
  const ours = cpuOf('Vagrolant');
  for (const [name, compare] of [
    ['bare limit', (other: number) => `${((ours ?? 0) / other).toFixed(2)} times the CPU of the bare limit`],
    ['discord.js', (other: number) => `${(other / (ours ?? 1)).toFixed(1)} times less CPU than discord.js`],
    ['discord.py', (other: number) => `${(other / (ours ?? 1)).toFixed(1)} times less CPU than discord.py`],
  ] as const) {
    const other = cpuOf(name);
    if (ours !== undefined && other !== undefined) console.log(`Vagrolant: ${compare(other)}`);
  }

  mkdirSync(path.join(here, 'results'), { recursive: true });
  writeFileSync(
    path.join(here, 'results', 'gateway.json'),
    JSON.stringify(
      {
        date: new Date().toISOString(),
        machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, kernel: os.release() },
        events,
        bytes,
        medians: rows,
        runs: Object.fromEntries(results),
      },
      null,
      2,
    ) + '\n',
  );
} finally {
  server.kill();
  rmSync(directory, { recursive: true, force: true });
}
