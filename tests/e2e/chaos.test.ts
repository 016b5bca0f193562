/** A hundred random kill -9 over a stream of mixed commands: nothing lost, doubled or stuck, all in order. */
import { testChaos } from '../support/chaos.ts';

testChaos({ kills: 100, processes: 1 });
