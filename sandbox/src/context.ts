/** What the parts of the sandbox share: one truth, one log of what happened, one weather. */
import type { Gateway } from './gateway/gateway.ts';
import type { GatewayLimits } from './gateway/limits.ts';
import type { Interactions } from './interactions/interactions.ts';
import type { InteractionLimits } from './interactions/limits.ts';
import type { EventStream } from './control/stream.ts';
import type { Weather } from './control/weather.ts';
import type { World } from './world/world.ts';

export interface ContextOptions {
  /** Gateway address to hand out; absent: derived from the `Host` a client used. */
  publicGateway?: string | undefined;
  /** Departures from Discord's times and bounds, for tests. */
  gatewayLimits?: Partial<GatewayLimits> | undefined;
  interactionLimits?: Partial<InteractionLimits> | undefined;
}

export interface SandboxContext {
  world: World;
  stream: EventStream;
  weather: Weather;
  options: ContextOptions;
}

/** What the control API drives beside the world. */
export interface ControlContext extends SandboxContext {
  gateway: Gateway;
  interactions: Interactions;
}
