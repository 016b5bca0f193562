/** The voice hubs' codes in docs/results.md: each is reached, and its sentence is the document's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assertResult } from '../support/contracts.ts';
import type { CommandRow } from '../support/database.ts';
import { otherBot } from '../support/messages.ts';
import { Hands, textOf } from '../support/panel.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOWHERE = '123456789012345678';

const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const { database, guildId, client } = scene;
let bot = await scene.start();
let [hub, room, owner, stranger] = ['', '', '', ''];
beforeAll(async () => {
  hub = await voice.hub({ keepFor: 600, remember: false });
  [owner, stranger] = [await voice.person(), await voice.person()];
  room = await voice.enter(owner, hub);
});
afterEach(() => client.weather('clear', {}));

async function insert(action: string, payload: object, requestedBy: string | null = null): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
    [guildId, action, JSON.stringify(payload), requestedBy],
  );
  return row!.id;
}

async function ask(action: string, payload: object, requestedBy: string | null = null): Promise<CommandRow> {
  const finished = await database.finished(await insert(action, payload, requestedBy), 20_000);
  assertResult(action, finished.status, finished.result);
  return finished;
}

const change = (fields: object, requestedBy?: string) =>
  ask('room.update', { roomId: room, ...fields }, requestedBy);
const settle = (fields: object) => ask('hub.update', { hubId: hub, ...fields });
const ids = (count: number, first: bigint) =>
  Array.from({ length: count }, (_, n) => String(first + BigInt(n)));

async function restarted(meanwhile: () => Promise<void>): Promise<void> {
  await bot.stop();
  await meanwhile();
  bot = await scene.start();
  await bot.logged(({ event }) => event === 'voice hubs known');
}

/** How a dashboard's row comes to say each of them. */
const REACHED: Record<string, () => Promise<CommandRow>> = {
  unknown_hub: () => ask('hub.update', { hubId: NOWHERE }),
  unknown_room: () => ask('room.delete', { roomId: NOWHERE }),
  unknown_category: () => settle({ overflowCategoryIds: [hub] }),
  already_a_hub: () => ask('hub.create', { channelId: hub }),
  is_a_room: () => ask('hub.create', { channelId: room }),
  bad_name_template: () => settle({ nameTemplate: '{' }),
  bad_settings: () => settle({ region: 'x'.repeat(33) }),
  bad_name: () => change({ name: '\u200b' }),
  name_refused: async () => {
    await client.weather('rest', {
      route: `/channels/${room}$`,
      method: 'PATCH',
      kind: 'status',
      status: 400,
      body: { code: 20031, message: 'Contains words not allowed' },
      count: 1,
    });
    return change({ name: 'Défendu' });
  },
  bad_bitrate: () => change({ bitrate: 384_000 }),
  bad_region: () => change({ region: 'atlantis' }),
  list_full: () => change({ allowedUserIds: ids(80, 2n ** 60n), blockedUserIds: ids(80, 2n ** 60n + 100n) }),
  not_present: () => change({ ownerId: stranger }),
  not_owner: () => change({ userLimit: 3 }, stranger),
  is_a_bot: async () => {
    const robot = otherBot(scene);
    voice.join(robot, room);
    const { row } = await untilRefused('is_a_bot', () => change({ ownerId: robot }));
    voice.leave(robot);
    return row;
  },
  has_a_room: async () => {
    const [another, guest] = [await voice.person(), await voice.person()];
    voice.join(guest, await voice.enter(another, hub));
    voice.join(another, room);
    const { row } = await untilRefused('has_a_room', () => change({ ownerId: another }));
    return row;
  },
  afk_channel: async () => {
    const channelId = await voice.createChannel({ name: 'sieste' });
    voice.world.guilds.edit(voice.guild, { afkChannelId: channelId }, { userId: voice.guild.ownerId });
    const { row } = await untilRefused('afk_channel', () => ask('hub.create', { channelId }));
    return row;
  },
  source_unknown: async () => {
    const templateChannelId = await voice.createChannel({ name: 'modèle' });
    const made = await voice.enter(
      await voice.person(),
      await voice.hub({ permissionsFrom: 'template', templateChannelId }),
    );
    // The room is from a time when nobody noted what it came from, and the bot has lost sight of that.
    await restarted(async () => {
      const unseen = [overwrite(voice.world.bot.id, 1, { deny: P.ViewChannel })];
      const changes = { permission_overwrites: unseen };
      await client.people('edit-channel', { channelId: templateChannelId, changes });
      await database.query('UPDATE voice_rooms SET source = NULL WHERE channel_id = $1', [made]);
      // Or the next process would know what this one has seen.
      await database.query('DELETE FROM gateway_sessions');
    });
    return ask('room.update', { roomId: made, mode: 'closed' });
  },
  starting: async () => {
    await bot.stop();
    const release = await database.hold('voice_rooms');
    try {
      const id = await insert('hub.list', {});
      bot = await scene.start();
      return await database.finished(id);
    } finally {
      await release();
      await bot.logged(({ event }) => event === 'voice hubs known');
    }
  },
};

/** Events come to the bot on another road than rows: the first row may come too early. */
async function untilRefused(code: string, again: () => Promise<CommandRow>) {
  let row!: CommandRow;
  await expect.poll(async () => (row = await again()).result!.code).toBe(code);
  return { row };
}

/** What is said to people alone: reached here, by the sentence. */
const SAID: Record<string, () => Promise<string>> = {
  bad_setting: async () => {
    const administrator = new Hands(scene, voice.guild.ownerId);
    const { message } = await administrator.hub(scene.channel('général'), 'config', { hub });
    const opened = await administrator.click(message!, `hub/group/${hub}/life`);
    const values = {
      emptyGrace: '301',
      ownerLeaves: ['keep'],
      keepFor: '0',
      returnWindow: '0',
      remember: ['yes'],
    };
    return textOf((await administrator.submit(opened, values)).message);
  },
  bad_limit: async () => {
    const hands = new Hands(scene, owner);
    const opened = await hands.click(await voice.panel(room), `room/settings/${room}`);
    const values = { limit: 'x', bitrate: ['32000'], region: ['auto'] };
    return textOf((await hands.submit(opened, values)).message);
  },
  may_enter: async () => {
    const { knock } = await closedDoor();
    await change({ mode: 'open' });
    return knock();
  },
  too_soon: async () => {
    const { knock } = await closedDoor();
    await knock();
    return knock();
  },
  not_welcome: async () => {
    // Of whose owner nobody knows any more.
    const { knock } = await closedDoor();
    await restarted(async () => {
      await database.query('UPDATE voice_rooms SET owner_id = NULL WHERE channel_id = $1', [room]);
    });
    const said = await knock();
    await change({ ownerId: owner });
    return said;
  },
  busy: async () => {
    const hands = new Hands(scene, owner);
    const panel = await voice.panel(room);
    const opened: Awaited<ReturnType<Hands['click']>>[] = [];
    while (opened.length < 60) opened.push(await hands.click(panel, `room/settings/${room}`));
    const where = { route: `/channels/${room}$`, method: 'PATCH' };
    await client.weather('rest', { ...where, kind: 'delay', ms: 1_500, count: 1 });
    const submit = (form: (typeof opened)[0], n: number) =>
      hands.submit(form, { limit: `${10 + (n % 2)}`, bitrate: ['32000'], region: ['auto'] });
    const said = (await Promise.all(opened.map(submit))).map(({ message }) => textOf(message));
    return said.find((text) => text.startsWith('Ce salon est occupé')) ?? said.join('\n');
  },
};

/** The room is closed, and somebody stands at the door: he has been shown the list of rooms. */
async function closedDoor() {
  await change({ mode: 'closed' });
  const guest = new Hands(scene, await voice.person());
  const [door] = await scene.written(hub);
  const { message } = await guest.click(door!, `hub/door/${hub}`);
  return { knock: async () => textOf((await guest.choose(message!, 'hub/knock', [room])).message) };
}

/** Reached by another test, which says the code or the sentence's beginning. */
const ELSEWHERE: Record<string, [file: string, test: string]> = {
  blacklisted: [
    'tests/e2e/voice_privacy.test.ts',
    'is given no room: neither by its owner, nor when he leaves',
  ],
  not_admitted: [
    'tests/e2e/voice_panel_people.test.ts',
    'leaves, and whom the rules no longer admit may not claim the room',
  ],
  owned: ['tests/e2e/voice_panel_people.test.ts', 'leaves, and of two who claim the room at once one has it'],
  already_answered: ['tests/e2e/voice_panel_people.test.ts', 'lets in once who has knocked'],
  not_administrator: ['src/features/voice_hubs/tests/rights_test.cpp', 'only_administrators_look_after_hubs'],
  ...Object.fromEntries(
    ['category_full', 'category_gone', 'guild_full'].map((code) => [
      code,
      [
        'src/features/voice_hubs/tests/create_failures_test.cpp',
        'administrators_are_told_what_they_can_mend',
      ],
    ]),
  ),
};

/** Their sentences differ with what is wrong: the document shows one of them. */
const SAYS_MORE = new Set(['unknown_room', 'bad_setting', 'bad_name_template', 'bad_name', 'list_full']);

interface Entry {
  code: string;
  example: string;
}

function documented(): Entry[] {
  const [, section] = readFileSync(join(ROOT, 'docs/results.md'), 'utf8').split(/^## Voice hubs$/m);
  const rows = section!.split(/^## /m)[0]!.matchAll(/^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|/gm);
  return [...rows].map(([, code, example]) => ({ code: code!, example: example! }));
}

/** What a sentence says whoever, whatever and whenever it names. */
const gist = (text: string): string =>
  text
    .replace(/« [^»]* »/g, '*')
    .replace(/<[@#t][^>]*>|@\p{L}+|#[\p{L} ]+|dans \d+ minutes/gu, '*')
    .replace(/\d+/g, '0');

const listed = documented();
const example = (code: string) => listed.find((one) => one.code === code)!.example;

test('each that is listed is reached, and no other', () => {
  const reached = [REACHED, SAID, ELSEWHERE].flatMap((some) => Object.keys(some));
  expect(reached.toSorted()).toEqual(listed.map(({ code }) => code).toSorted());
});

describe('reached', () => {
  test.each(Object.entries(REACHED))('%s', { timeout: 40_000 }, async (code, reach) => {
    const { status, result } = await reach();
    expect({ status, result }).toMatchObject({ status: 'error', result: { ok: false, code } });
    if (!SAYS_MORE.has(code)) expect(gist(String(result!.reason))).toBe(gist(example(code)));
  });

  test.each(Object.entries(SAID))('%s, to people', { timeout: 40_000 }, async (code, reach) => {
    const said = gist(await reach());
    if (SAYS_MORE.has(code)) expect(said).toContain('est un nombre de 0 à 0.');
    else expect(said).toContain(gist(example(code)));
  });

  test.each(Object.entries(ELSEWHERE))('%s, elsewhere', (code, [file, name]) => {
    const tests = readFileSync(join(ROOT, file), 'utf8').split(/^(?=TEST|\s*test\()/m);
    const body = tests.find((one) => one.includes(`'${name}'`) || one.includes(` ${name})`));
    expect(body, `${file} has no ${name}`).toBeDefined();
    const words = example(code)
      .replace(/^@\p{L}+ /u, '')
      .slice(0, 25);
    expect(
      [code, words].some((proof) => body!.includes(proof)),
      `${name} does not say it`,
    ).toBe(true);
  });
});
