// graphile-worker with a task that has nothing to do.
//
//   node queue_graphile.ts postgresql://… [batched]      prints "ready"; SIGTERM stops it
//
// With its own defaults (LISTEN/NOTIFY, polling every 2 s), or with all of its batching and the sizes that were
// the quickest of those tried here (see README.md).
import { run } from 'graphile-worker';
import { OrderCheck, type Job } from './queue_order.ts';

const batching = {
  concurrentJobs: Number(process.env['BENCH_CONCURRENCY'] ?? 24),
  maxPoolSize: Number(process.env['BENCH_CONCURRENCY'] ?? 24) + 1,
  localQueue: { size: Number(process.env['BENCH_LOCAL_QUEUE'] ?? 500) },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

const order = new OrderCheck();
const runner = await run({
  preset: {
    worker: {
      connectionString: process.argv[2] ?? '',
      ...(process.argv[3] === 'batched' ? batching : {}),
    },
  },
  noHandleSignals: true,
  taskList: { idle: (job) => order.take(job as Job) },
});
process.on('SIGTERM', () => void runner.stop());
console.log('ready');
await runner.promise;
order.report();
