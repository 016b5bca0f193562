// graphile-worker with its own defaults (LISTEN/NOTIFY, polling every 2 s) and a task that has nothing to do.
//
//   node queue_graphile.ts postgresql://…      prints "ready"; SIGTERM stops it
import { run } from 'graphile-worker';

const runner = await run({
  connectionString: process.argv[2] ?? '',
  noHandleSignals: true,
  taskList: { idle: () => undefined },
});
process.on('SIGTERM', () => void runner.stop());
console.log('ready');
await runner.promise;
