/** /ping: who may call it, what it says, in which language. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { Scene } from '../support/scene.ts';

const EPHEMERAL = 64;

const scene = await Scene.set();
await scene.start();
const guild = scene.sandbox.world.guilds.get(scene.guildId)!;
const channelId = scene.channel('général');

async function ping(locale: string, userId = guild.ownerId) {
  const outcome = await scene.client.people('command', {
    channelId,
    userId,
    name: 'ping',
    locale,
    waitForFinal: true,
  });
  expect([4, 5]).toContain(outcome.callbackType);
  return outcome.message!;
}

function fields(message: SeenMessage): Record<string, string> {
  return Object.fromEntries(message.embeds[0]!.fields!.map(({ name, value }) => [name, value]));
}

describe('/ping', () => {
  test('in French', async () => {
    const message = await ping('fr');
    expect(message.flags! & EPHEMERAL).toBe(EPHEMERAL);
    expect(fields(message)).toEqual({
      Passerelle: expect.stringMatching(/^\d+(,\d)? ms$/),
      'API REST': expect.stringMatching(/^\d+(,\d)? ms$/),
      'Base de données': expect.stringMatching(/^\d+(,\d)? ms$/),
      'En ligne depuis': expect.stringMatching(/^\d+ s$/),
      Version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      Shard: '1/1',
    });
  });

  test.each(['en-US', 'en-GB'])('in English for %s', async (locale) => {
    const message = await ping(locale);
    expect(fields(message)).toMatchObject({
      Gateway: expect.anything(),
      Database: expect.stringMatching(/ms$/),
    });
  });

  test("in the bot's own language for who speaks neither", async () => {
    expect(fields(await ping('ja'))).toHaveProperty('Base de données');
  });

  test('is seen by the person who asked alone', async () => {
    const message = await ping('fr');
    const everybody = await scene.client.messages(channelId);
    expect(everybody.map(({ id }) => id)).not.toContain(message.id);
  });

  test('is not for members without administration rights: Discord refuses them', async () => {
    const member = [...guild.members.values()].find(
      ({ roles, user }) => roles.length === 0 && !user.bot && user.id !== guild.ownerId,
    )!;
    const call = ping('fr', member.user.id);
    await expect(call).rejects.toThrow(/40[34]/);
  });
});

test('Discord has the commands as they are declared, and a restart changes nothing', async () => {
  const { commands } = await scene.client.state();
  const golden = fileURLToPath(new URL('../../contracts/commands.golden.json', import.meta.url));
  const declared = JSON.parse(readFileSync(golden, 'utf8')) as { name: string }[];
  expect(commands.global!.map(({ name }) => name).toSorted()).toEqual(
    declared.map(({ name }) => name).toSorted(),
  );
  expect(commands.global!.find(({ name }) => name === 'ping')).toMatchObject({
    description: "The bot's latency and state",
    description_localizations: { fr: 'Latence et état du bot' },
    default_member_permissions: '0',
    contexts: [0],
  });
  const since = scene.sandbox.stream.seq;
  const second = await scene.start();
  const writes = scene.sandbox.stream
    .since(since)
    .filter((event) => event.type === 'rest' && event.method === 'PUT' && event.path.includes('/commands'));
  expect(writes).toEqual([]);
  expect(second.lines.find(({ event }) => event === 'commands registered')).toMatchObject({ changed: false });
  await second.stop();
});
