// The loop of the dashboard's guide, as it is written there, with an action that has nothing to do.
//
//   node queue_loop.ts postgresql://…      prints "ready"; SIGTERM stops it
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { OrderCheck, type Job } from './queue_order.ts';

interface Command {
  id: string;
  action: string;
  payload: Job;
}

const order = new OrderCheck();

function executeAction(payload: Job): { ok: boolean } {
  order.take(payload);
  return { ok: true };
}

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
});
console.log('ready');

while (!stopping) {
  const commands = await client.query<Command>("SELECT * FROM commands WHERE status = 'pending'");
  for (const command of commands.rows) {
    await client.query("UPDATE commands SET status = 'processing' WHERE id = $1", [command.id]);
    try {
      const result = executeAction(command.payload);
      await client.query("UPDATE commands SET status = 'done', result = $2 WHERE id = $1", [
        command.id,
        result,
      ]);
    } catch (error) {
      const result = { ok: false, reason: String(error) };
      await client.query("UPDATE commands SET status = 'error', result = $2 WHERE id = $1", [
        command.id,
        result,
      ]);
    }
  }
  await sleep(1000);
}
await client.end();
order.report();
