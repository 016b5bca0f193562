/** The same with two processes on one table: the one carries on what the other dies over. */
import { testChaos } from '../support/chaos.ts';

testChaos({ kills: 40, processes: 2 });
