import { GatewayOpcodes } from 'discord-api-types/v10';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { heartbeat } from './heartbeat.ts';
import { identify } from './identify.ts';
import { presenceUpdate } from './presence_update.ts';
import { requestChannelInfo } from './request_channel_info.ts';
import { requestGuildMembers } from './request_guild_members.ts';
import { requestSoundboardSounds } from './request_soundboard_sounds.ts';
import { resume } from './resume.ts';
import { voiceStateUpdate } from './voice_state_update.ts';

export interface Opcode {
  handle(gateway: Gateway, connection: Connection, d: unknown): void;
  /** May come before identify. */
  early?: boolean;
}

/** What a client may send. */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [GatewayOpcodes.Heartbeat, { handle: heartbeat, early: true }],
  [GatewayOpcodes.Identify, { handle: identify, early: true }],
  [GatewayOpcodes.PresenceUpdate, { handle: presenceUpdate }],
  [GatewayOpcodes.VoiceStateUpdate, { handle: voiceStateUpdate }],
  [GatewayOpcodes.Resume, { handle: resume, early: true }],
  [GatewayOpcodes.RequestGuildMembers, { handle: requestGuildMembers }],
  [GatewayOpcodes.RequestSoundboardSounds, { handle: requestSoundboardSounds }],
  [GatewayOpcodes.RequestChannelInfo, { handle: requestChannelInfo }],
]);
