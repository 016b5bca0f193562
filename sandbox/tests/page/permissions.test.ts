import { expect, test } from 'vitest';
import { guildChannel } from '../../page/src/discord.ts';
import { Permission, permissionsIn } from '../../page/src/permissions.ts';
import { useSandbox } from '../discordjs/support.ts';

const it = useSandbox();

test('the page shows each member what the sandbox would let them do', async () => {
  const { guilds } = await it.control.state();
  const { world } = it.sandbox;
  let compared = 0;
  for (const guild of guilds) {
    const truth = world.guilds.get(guild.id)!;
    for (const channel of [...truth.channels.values(), ...truth.threads.values()]) {
      const shown = guildChannel(guild.channels.find(({ id }) => id === channel.id)!);
      for (const member of guild.members) {
        const real = world.permissions.inChannel(truth, channel, member.user.id);
        const computed = permissionsIn(guild, shown, member);
        for (const [name, bit] of Object.entries(Permission)) {
          expect([channel.name, member.user.username, name, (computed & bit) !== 0n]).toEqual([
            channel.name,
            member.user.username,
            name,
            (real & bit) !== 0n,
          ]);
          compared++;
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(1000);
});
