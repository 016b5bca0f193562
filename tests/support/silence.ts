/** What takes connections and then says nothing: a stopped PostgreSQL, a pooler without a server, a name server. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Stage = 'connected' | 'authenticated' | 'ready';

const AUTHENTICATION_OK = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** A PostgreSQL that says nothing more once a client has come to `last`. */
export class SilentPostgres {
  readonly url: string;
  /** Resolves once a client waits for an answer that never comes. */
  readonly waitedFor: Promise<unknown>;
  #close: () => void;

  private constructor(port: number, waitedFor: Promise<unknown>, close: () => void) {
    // Minutes, so that the client's own patience has no part in what the test sees.
    this.url = `postgresql://nobody@127.0.0.1:${port}/nothing?sslmode=disable&connect_timeout=600`;
    this.waitedFor = waitedFor;
    this.#close = close;
  }

  static async start(last: Stage): Promise<SilentPostgres> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const clients = new Set<Socket>();
    const server = createServer((client) => {
      clients.add(client);
      client.on('error', () => undefined).on('close', () => clients.delete(client));
      client.once('data', () => {
        if (last !== 'connected') client.write(AUTHENTICATION_OK);
        if (last === 'ready') {
          client.once('data', () => resolve(undefined));
          client.write(READY_FOR_QUERY);
        } else resolve(undefined);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SilentPostgres((server.address() as AddressInfo).port, promise, () => {
      for (const client of clients) client.destroy();
      server.close();
    });
  }

  close(): void {
    this.#close();
  }
}

/** The way to a PostgreSQL, on which everything can stop without a connection being lost. */
export class Way {
  #server;
  #ends = new Set<Socket>();
  #stopped = false;

  private constructor(to: URL) {
    this.#server = createServer((client) => {
      this.#ends.add(client.on('error', () => undefined));
      if (this.#stopped) return;
      const server = connect(Number(to.port), to.hostname);
      this.#ends.add(server.on('error', () => undefined));
      client.pipe(server).pipe(client);
    });
  }

  /** @param url address of a database; `address` is the one that leads there by this way */
  static async to(url: string): Promise<{ way: Way; address: string }> {
    const address = new URL(url);
    const way = new Way(new URL(url));
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    address.host = `127.0.0.1:${(way.#server.address() as AddressInfo).port}`;
    return { way, address: address.href };
  }

  stop(): void {
    this.#stopped = true;
    for (const end of this.#ends) end.unpipe().pause();
  }

  close(): void {
    for (const end of this.#ends) end.destroy();
    this.#server.close();
  }
}

/** The name that `slowNames` never finds. */
export const SLOW_NAME = 'slow.invalid';

/** A library to load into a process, whose name server does not answer for `SLOW_NAME`: getaddrinfo says so aloud and
 * hangs, as the real one does with an unreachable server. */
export async function slowNames(): Promise<{ library: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'vagrolant-names-'));
  const source = join(directory, 'names.c');
  const library = join(directory, 'names.so');
  await writeFile(
    source,
    `#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = dlsym(RTLD_NEXT, "getaddrinfo");
  if (node && strcmp(node, "${SLOW_NAME}") == 0) {
    static const char said[] = "asking for a name\\n";
    (void)!write(1, said, sizeof said - 1);
    /* A signal that this thread happens to take ends one sleep. */
    for (unsigned left = 60; left > 0;) left = sleep(left);
  }
  return real(node, service, hints, found);
}
`,
  );
  await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return { library, remove: () => rm(directory, { recursive: true, force: true }) };
}
