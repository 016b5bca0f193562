import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AGENT } from './support.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  return { child, exited };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'prints one line when it serves, and %s stops it',
  async (signal) => {
    const { child, exited } = start('--seed', 'large:2:5');
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => lines.push(line));
    await once(reader, 'line');
    const ready = JSON.parse(lines[0] as string);
    expect(Object.keys(ready).sort()).toEqual(
      ['api', 'applicationId', 'botToken', 'control', 'gateway', 'guildId', 'page'].sort(),
    );
    const headers = { authorization: `Bot ${ready.botToken}`, 'user-agent': AGENT };
    const guild = await (
      await fetch(`${ready.api}/guilds/${ready.guildId}?with_counts=true`, { headers })
    ).json();
    expect(guild).toMatchObject({ id: ready.guildId, approximate_member_count: 5 });
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(lines).toHaveLength(1);
  },
);

test.each([['--seed', 'gigantic'], ['--port', '70000'], ['--public-url', 'nowhere'], ['--unknown']])(
  '%s %s is a mistake that is explained',
  async (...args) => {
    const { child, exited } = start(...args.filter((arg) => arg !== undefined));
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    expect(await exited).toEqual([2, null]);
    expect(complaint).toMatch(/^sandbox: .+\nusage: /);
  },
);
