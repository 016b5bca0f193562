/** What is told to whom when a hub cannot serve: members, administrators, and where the bot may not write. */
import { expect, test } from 'vitest';
import { Hands, textOf } from '../support/panel.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const { scene } = voice;
const { client } = scene;
await scene.start();
const owner = voice.guild.ownerId;

/** What the bot has written to somebody directly. */
async function directly(userId: string): Promise<string[]> {
  const dm = [...voice.world.dms.values()].find((one) => one.recipients.some(({ id }) => id === userId));
  return dm === undefined ? [] : (await scene.written(dm.id)).map(textOf);
}

/** Joins the hub and is put out again. */
async function turnedAway(userId: string, hub: string): Promise<void> {
  voice.join(userId, hub);
  await voice.happens(() => voice.where(userId) === undefined, 'the member is disconnected');
}

test('who may not use a hub is told once for whom it is; when its roles are gone, the owner of the server is', async () => {
  const guildId = voice.guild.id;
  const role = await client.people('create-role', { guildId, role: { name: 'Joueurs de go' } });
  const hub = await voice.hub({ allowedRoleIds: [role.id] });
  const stranger = await voice.person();
  await turnedAway(stranger, hub);
  await expect.poll(() => directly(stranger)).toHaveLength(1);
  expect((await directly(stranger))[0]).toContain(`<#${hub}> est réservé à : Joueurs de go.`);
  await turnedAway(stranger, hub);

  voice.world.roles.delete(voice.guild, role.id, { userId: owner });
  await turnedAway(await voice.person(), hub);
  const told = async () => (await directly(owner)).filter((text) => text.includes("n'existent plus"));
  await expect.poll(told).toHaveLength(1);
  await turnedAway(await voice.person(), hub);
  const examined = await new Hands(scene, owner).hub(scene.channel('général'), 'doctor');
  expect(textOf(examined.message)).toContain("n'existent plus : personne n'y a de salon");
  expect(await told()).toHaveLength(1);
  expect(await directly(stranger)).toHaveLength(1);
  await voice.ask('hub.delete', { hubId: hub, deleteChannel: true });
});

test('a notice goes to the log, else to the owner of the server, else to where everybody reads', async () => {
  const guildId = voice.guild.id;
  const system = voice.guild.systemChannelId!;
  const { id: role } = await client.people('create-role', { guildId, role: { name: 'Éphémère' } });
  voice.world.roles.delete(voice.guild, role, { userId: owner });
  /** A hub that nobody can use, which it says somewhere. */
  const useless = async (logChannelId: string) => {
    const hub = await voice.hub({ allowedRoleIds: [role], logChannelId });
    await turnedAway(await voice.person(), hub);
    return `<#${hub}>`;
  };
  const written = async (channelId: string) => (await scene.written(channelId)).map(textOf);
  const log = await voice.createChannel({ type: 0, name: 'journal' });
  const logged = await useless(log);
  await expect.poll(() => written(log)).toEqual([expect.stringContaining(logged)]);

  const silent = overwrite(voice.world.bot.id, 1, { deny: P.SendMessages });
  await client.people('edit-channel', { channelId: log, changes: { permission_overwrites: [silent] } });
  const told = await useless(log);
  await expect.poll(() => directly(owner)).toContainEqual(expect.stringContaining(told));

  await client.people('close-dms', { userId: owner, closed: true });
  const published = await useless(log);
  await expect.poll(() => written(system)).toContainEqual(expect.stringContaining(published));

  expect(await written(log)).toHaveLength(1);
  expect((await directly(owner)).join()).not.toContain(logged);
  expect((await written(system)).join()).not.toContain(told);
});
