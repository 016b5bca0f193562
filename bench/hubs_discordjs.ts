/**
 * Voice hubs as one writes them with discord.js: the room is made with everything in one call, its owner moved in,
 * the panel posted, and the room deleted once it is empty. Arguments: API address, calls a second.
 */
import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelType,
  Client,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  OverwriteType,
  PermissionFlagsBits as P,
  type VoiceBasedChannel,
  type VoiceState,
} from 'discord.js';
import { HUB_NAME } from './hubs_scene.ts';

const [api = '', perSecond = '50', token = ''] = process.argv.slice(2);
const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
  rest: { api, version: '10', globalRequestsPerSecond: Number(perSecond) },
});

const rooms = new Map<string, VoiceBasedChannel>();
/** Those whose room is being made, so that nobody gets two. */
const making = new Set<string>();

const panel = (owner: string) => ({
  embeds: [
    new EmbedBuilder()
      .setTitle('Votre salon')
      .setDescription(`Propriétaire : <@${owner}>`)
      .addFields({ name: 'Mode', value: 'Ouvert' }, { name: 'Limite', value: 'Aucune' }),
  ],
  components: [
    new ActionRowBuilder<ButtonBuilder>().addComponents(
      ['Ouvert', 'Fermé', 'Privé', 'Conférence', 'Supprimer'].map((label) =>
        new ButtonBuilder().setCustomId(`room:${label}`).setLabel(label).setStyle(ButtonStyle.Secondary),
      ),
    ),
  ],
});

async function makeRoom(state: VoiceState): Promise<void> {
  const { guild, channel: hub, member } = state;
  if (!hub || !member || making.has(member.id)) return;
  making.add(member.id);
  try {
    const room = await guild.channels.create({
      name: `Salon de ${member.displayName}`,
      type: ChannelType.GuildVoice,
      parent: hub.parentId,
      userLimit: hub.userLimit,
      bitrate: hub.bitrate,
      permissionOverwrites: [
        {
          id: client.user!.id,
          type: OverwriteType.Member,
          allow: [P.ViewChannel, P.Connect, P.ManageChannels, P.MoveMembers],
        },
        { id: member.id, type: OverwriteType.Member, allow: [P.ViewChannel, P.Connect, P.Speak] },
      ],
    });
    rooms.set(room.id, room);
    await member.voice.setChannel(room);
    await room.send(panel(member.id));
  } finally {
    making.delete(member.id);
  }
}

client.on(Events.VoiceStateUpdate, (before, after) => {
  if (before.channelId === after.channelId) return;
  const left = before.channelId === null ? undefined : rooms.get(before.channelId);
  if (left?.members.size === 0) {
    rooms.delete(left.id);
    left.delete().catch(report);
  }
  if (after.channel?.name === HUB_NAME) makeRoom(after).catch(report);
});
client.once(Events.ClientReady, () => console.log('ready'));
client.on(Events.Error, report);

function report(error: unknown): void {
  console.error(error);
}

process.on('SIGTERM', () => {
  void client.destroy().then(() => process.exit(0));
});
await client.login(token);
