/** A real PgBouncer (Debian) before a PostgreSQL server, in a mode of one's choice. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './port.ts';
import { within } from './wait.ts';

const START_TIMEOUT_MS = 10_000;

export type PoolMode = 'session' | 'transaction';

export class PgBouncer {
  #directory: string;
  #port: number;
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** @param server address of any database of the PostgreSQL behind it */
  static async start(server: string, mode: PoolMode): Promise<PgBouncer> {
    const { hostname, port, username } = new URL(server);
    const directory = await mkdtemp(join(tmpdir(), 'vagrolant-pgbouncer-'));
    // PgBouncer gives up root and must still read its file.
    await chmod(directory, 0o755);
    const bouncer = new PgBouncer(directory, await freePort());
    await writeFile(
      bouncer.#file,
      [
        '[databases]',
        `* = host=${hostname} port=${port} user=${username}`,
        '[pgbouncer]',
        'listen_addr = 127.0.0.1',
        `listen_port = ${bouncer.#port}`,
        'unix_socket_dir =',
        'auth_type = any',
        `pool_mode = ${mode}`,
        'default_pool_size = 8',
      ].join('\n'),
    );
    await bouncer.restart();
    return bouncer;
  }

  get #file(): string {
    return join(this.#directory, 'pgbouncer.ini');
  }

  /** The same database by way of the pooler. */
  through(url: string): string {
    const address = new URL(url);
    address.host = `127.0.0.1:${this.#port}`;
    return address.href;
  }

  /** Cuts every connection; the address stays. */
  async restart(): Promise<void> {
    await this.#stop();
    const user = process.getuid?.() === 0 ? ['--user=postgres'] : [];
    const child = spawn('/usr/sbin/pgbouncer', [...user, this.#file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    let log = '';
    const up = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        log += `${line}\n`;
        if (line.includes('process up')) resolve();
      });
      child.on('error', reject);
      child.on('exit', () => {
        reject(new Error(`PgBouncer ended:\n${log}`));
      });
    });
    await within(START_TIMEOUT_MS, 'PgBouncer', up);
  }

  async #stop(): Promise<void> {
    if (this.#process === undefined || this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    this.#process = undefined;
  }

  async remove(): Promise<void> {
    await this.#stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
