/** What a storm leaves to chance, in a way that can be repeated. */
import type { RestFault } from '../../../sandbox/src/control/weather.ts';
import { Random } from '../random.ts';

export class Chance extends Random {
  oneOf<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** A key, as often as its weight says. */
  weighted<K extends string>(weights: Record<K, number>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key;
    return entries[0]![0];
  }
}

/** Something that goes wrong with REST for a few calls. */
export function restTrouble(chance: Chance): RestFault {
  const count = 1 + chance.below(3);
  const route = chance.oneOf([
    '/guilds/\\d+/channels$',
    '/members/',
    '/channels/\\d+/messages',
    '/channels/\\d+$',
    '.',
  ])!;
  switch (
    chance.weighted({ status: 4, limited: 4, 'cut-before': 2, 'cut-after': 2, delay: 2, 'delay-after': 2 })
  ) {
    case 'status':
      return { kind: 'status', status: chance.oneOf([500, 502, 503])!, count, route };
    case 'limited':
      return {
        kind: 'rate-limit',
        scope: chance.oneOf(['user', 'global', 'shared'] as const)!,
        retryAfter: 0.05 + chance.next() * 0.25,
        count,
        route,
      };
    case 'cut-before':
      return { kind: 'cut-before', count: 1, route };
    case 'cut-after':
      return { kind: 'cut-after', count: 1, route };
    case 'delay':
      return { kind: 'delay', ms: chance.below(300), count, route };
    case 'delay-after':
      return { kind: 'delay-after', ms: chance.below(300), count, route };
  }
}
