import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import {
  UpdateSelfVoiceStateRequestPartialSchema,
  UpdateVoiceStateRequestPartialSchema,
} from 'discord-api-spec/zod';
import { ChannelType } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { isVoice } from '../../world/permissions.ts';
import type { Guild } from '../../world/types.ts';
import { guildChannelWith, guildOf, P, requireAll } from '../access.ts';
import { missingAccess, unknownVoiceState, wrongChannelType } from '../errors.ts';
import { defineRoute, form } from '../route.ts';
import type { Call } from '../route.ts';

const VOICE_STATUS = z.object({ status: z.optional(z.nullable(z.string().check(z.maxLength(500)))) });

export const VOICE_REGIONS = [
  ['brazil', 'Brazil'],
  ['hongkong', 'Hong Kong'],
  ['india', 'India'],
  ['japan', 'Japan'],
  ['rotterdam', 'Rotterdam'],
  ['singapore', 'Singapore'],
  ['southafrica', 'South Africa'],
  ['sydney', 'Sydney'],
  ['us-central', 'US Central'],
  ['us-east', 'US East'],
  ['us-south', 'US South'],
  ['us-west', 'US West'],
].map(([id, name]) => ({
  id: id as string,
  name: name as string,
  custom: false,
  deprecated: false,
  optimal: id === 'rotterdam',
}));

export function voiceRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  defineRoute(app, ctx, { method: 'GET', path: '/voice/regions' }, () => VOICE_REGIONS);
  defineRoute(app, ctx, { method: 'GET', path: '/guilds/:guild_id/regions' }, (call) => {
    guildOf(call);
    return VOICE_REGIONS;
  });

  defineRoute(app, ctx, { method: 'PUT', path: '/channels/:channel_id/voice-status' }, (call) => {
    const { guild, channel, granted } = guildChannelWith(call, P.ViewChannel);
    if (channel.type !== ChannelType.GuildVoice) throw wrongChannelType();
    const connected = guild.voiceStates.get(call.bot.id)?.channel_id === channel.id;
    // Setting the status of a channel one is not in also needs MANAGE_CHANNELS.
    requireAll(granted, P.SetVoiceChannelStatus | (connected ? 0n : P.ManageChannels));
    const { status } = form<{ status?: string | null }>(call, VOICE_STATUS);
    call.world.voice.setStatus(guild, channel.id, status ?? null, call.actor);
  });

  const stateOf = (call: Call, guild: Guild, userId: string) => {
    const state = guild.voiceStates.get(userId);
    if (state === undefined) throw unknownVoiceState();
    const channel = guild.channels.get(state.channel_id);
    if (channel && userId !== call.bot.id) {
      const granted = call.world.permissions.inChannel(guild, channel, call.bot.id);
      if ((granted & P.ViewChannel) === 0n) throw missingAccess();
      requireAll(granted, P.Connect);
    }
    return { ...state, member: guild.members.get(userId) };
  };
  defineRoute(app, ctx, { method: 'GET', path: '/guilds/:guild_id/voice-states/@me' }, (call) =>
    stateOf(call, guildOf(call), call.bot.id),
  );
  defineRoute(app, ctx, { method: 'GET', path: '/guilds/:guild_id/voice-states/:user_id' }, (call) =>
    stateOf(call, guildOf(call), call.params['user_id'] as string),
  );

  /** Stage channels only: speaking and asking to speak. */
  const edit = (
    call: Call,
    userId: string,
    body: { suppress?: boolean | null; request_to_speak_timestamp?: string | null },
  ) => {
    const guild = guildOf(call);
    const state = guild.voiceStates.get(userId);
    const channel = state && guild.channels.get(state.channel_id);
    if (state === undefined || channel === undefined || !isVoice(channel)) throw unknownVoiceState();
    if (channel.type !== ChannelType.GuildStageVoice) throw wrongChannelType();
    const granted = call.world.permissions.inChannel(guild, channel, call.bot.id);
    const own = userId === call.bot.id;
    if (body.suppress === false || !own) requireAll(granted, P.MuteMembers);
    if (body.request_to_speak_timestamp) requireAll(granted, P.RequestToSpeak);
    call.world.voice.update(guild, userId, {
      ...(body.suppress != null && { suppress: body.suppress }),
      ...(body.request_to_speak_timestamp !== undefined && {
        request_to_speak_timestamp: body.request_to_speak_timestamp,
      }),
    });
  };
  defineRoute(app, ctx, { method: 'PATCH', path: '/guilds/:guild_id/voice-states/@me' }, (call) =>
    edit(call, call.bot.id, form(call, UpdateSelfVoiceStateRequestPartialSchema)),
  );
  defineRoute(app, ctx, { method: 'PATCH', path: '/guilds/:guild_id/voice-states/:user_id' }, (call) =>
    edit(call, call.params['user_id'] as string, form(call, UpdateVoiceStateRequestPartialSchema)),
  );
}
