/** Who floods the queue, or sends the bot looking for what it cannot see, does not use up what all share. */
import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
await scene.start();
const { database, client } = scene;

test('channels that the bot cannot see cost a guild ten refusals of Discord’s a minute, no more', async () => {
  const { guildId: foreign } = await client.people('create-guild', { name: 'Ailleurs', withBot: false });
  const channels: string[] = [];
  for (let n = 0; n < 12; n++) {
    const channel = { type: 0, name: `secret-${n}` };
    channels.push((await client.people('create-channel', { guildId: foreign, channel })).id);
  }
  const owner = scene.sandbox.world.guilds.get(scene.guildId)!.ownerId;
  const since = scene.sandbox.stream.seq;
  await database.query(
    `INSERT INTO commands (guild_id, action, payload, requested_by)
     SELECT $1, 'slowmode', jsonb_build_object('channelId', channel, 'duration', 5), $3
     FROM unnest($2::text[] || $2::text[]) channel`,
    [scene.guildId, channels, owner],
  );
  await expect.poll(() => database.unfinished(), { timeout: 15_000 }).toBe(0);
  const asked = scene.sandbox.stream
    .since(since)
    .filter((event) => event.type === 'rest' && channels.some((id) => event.path === `/channels/${id}`));
  expect(asked).toHaveLength(10);
  const codes = await database.query<{ code: string; count: number }>(
    `SELECT result->>'code' AS code, count(*)::integer AS count FROM commands GROUP BY 1 ORDER BY 1`,
  );
  expect(codes).toEqual([
    { code: 'missing_permissions', count: 20 },
    { code: 'rate_limited', count: 4 },
  ]);
});

test('more than may wait is refused in the guild’s language, says when to try again, and is noted', async () => {
  const guildId = await scene.createGuild('Flood');
  await database.query("INSERT INTO guild_settings (guild_id, locale) VALUES ($1, 'en')", [guildId]);
  await database.query(
    "INSERT INTO commands (guild_id, action) SELECT $1, 'dance' FROM generate_series(1, 300)",
    [guildId],
  );
  const refused = () =>
    database.query<{ id: string; result: object }>(
      "SELECT id, result FROM commands WHERE guild_id = $1 AND result->>'code' = 'rate_limited'",
      [guildId],
    );
  await expect.poll(async () => (await refused()).length, { timeout: 15_000 }).toBeGreaterThan(0);
  // What waits takes its turn, which nobody needs to see.
  await database.query("DELETE FROM commands WHERE guild_id = $1 AND status = 'pending'", [guildId]);
  const rows = await refused();
  expect(rows[0]!.result).toEqual({
    ok: false,
    code: 'rate_limited',
    reason: 'Too many commands of this server are waiting already. Try again a little later.',
    retryAfter: 40_000,
  });
  const noted = await database.query(
    "SELECT FROM command_audit WHERE guild_id = $1 AND code = 'rate_limited' AND NOT ok",
    [guildId],
  );
  expect(noted).toHaveLength(rows.length);
});
