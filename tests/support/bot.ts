/** The real binary as a child process, its log read line by line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.ts';

const BINARY =
  process.env.VAGROLANT_BINARY ?? fileURLToPath(new URL('../../build/release/vagrolant', import.meta.url));
const SECRETS = ['BOT_TOKEN', 'POSTGRES_PASSWORD', 'TWITCH_CLIENT_SECRET'];
/** What a binary built with sanitizers needs beside. */
const INHERITED = Object.fromEntries(
  ['PATH', 'ASAN_OPTIONS', 'LSAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  ),
) as Record<string, string>;
const START_TIMEOUT_MS = 40_000;
const STOP_TIMEOUT_MS = 12_000;

export interface LogLine {
  time: string;
  level: 'debug' | 'info' | 'warning' | 'error';
  event: string;
  [key: string]: unknown;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class BotProcess {
  readonly lines: LogLine[] = [];
  /** Everything that it wrote, on either stream. */
  output = '';
  readonly exited: Promise<Exit>;
  #child: ChildProcess;
  #secrets: string[];
  #waiting = new Set<(line: LogLine) => void>();
  #directory: string;

  /** Starts it in an empty directory with nothing but these variables. */
  constructor(environment: Record<string, string>, args: string[] = []) {
    this.#secrets = SECRETS.map((name) => environment[name] ?? '').filter((secret) => secret.length >= 8);
    this.#directory = mkdtempSync(join(tmpdir(), 'vagrolant-e2e-'));
    this.#child = spawn(BINARY, args, {
      cwd: this.#directory,
      env: { ...INHERITED, LOG_FORMAT: 'json', LOG_LEVEL: 'DEBUG', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        rmSync(this.#directory, { recursive: true, force: true });
        resolve({ code, signal });
      });
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    createInterface({ input: this.#child.stderr! }).on('line', (text) => this.#take(text));
  }

  #take(text: string): void {
    this.output += `${text}\n`;
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    for (const listener of this.#waiting) listener(line);
  }

  /** The first line, of those written already and those to come, that the predicate holds for. */
  async logged(predicate: (line: LogLine) => boolean, timeoutMs = 20_000): Promise<LogLine> {
    const written = this.lines.find(predicate);
    if (written) return written;
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const listener = (line: LogLine) => predicate(line) && resolve(line);
    this.#waiting.add(listener);
    const ended = () => reject(new Error(`the bot ended:\n${this.output}`));
    void this.exited.then(ended, ended);
    try {
      return await within(timeoutMs, 'log line', promise);
    } catch (error) {
      throw new Error(`${(error as Error).message}; the log so far:\n${this.output}`, { cause: error });
    } finally {
      this.#waiting.delete(listener);
    }
  }

  async ready(): Promise<this> {
    await this.logged((line) => line.event === 'ready', START_TIMEOUT_MS);
    return this;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Awaits the end, and that no secret was ever written. */
  async end(timeoutMs = STOP_TIMEOUT_MS): Promise<Exit> {
    try {
      const exit = await within(timeoutMs, 'the end of the bot', this.exited);
      this.assertDiscreet();
      return exit;
    } catch (error) {
      this.#child.kill('SIGKILL');
      throw error;
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.kill(signal);
    return this.end();
  }

  assertDiscreet(): void {
    for (const secret of this.#secrets) {
      if (this.output.includes(secret)) throw new Error('a secret stands in the log');
    }
  }
}
