// pg-boss with a job that has nothing to do, and everything switched on that makes it quicker: notifications,
// batches, the shortest polling, fetching on while batches come back full.
//
//   node queue_pgboss.ts postgresql://…      prints "insert <the statement with which it sends, as JSON>", then
//                                            "ready"; SIGTERM stops it
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { OrderCheck, type Job } from './queue_order.ts';

const connectionString = process.argv[2] ?? '';
const boss = new PgBoss({ connectionString, useListenNotify: true, supervise: false, schedule: false });
boss.on('error', console.error);
await boss.start();
await boss.createQueue('idle', { notify: true });

// Its own statement, so that whoever measures can send as it does.
const client = new pg.Client({ connectionString });
await client.connect();
let insert = '';
const executeSql = async (text: string, values?: unknown[]) => {
  insert = text;
  return client.query(text, values);
};
await boss.send('idle', {}, { db: { executeSql } });
await client.end();

const order = new OrderCheck();
await boss.work<Job>(
  'idle',
  {
    batchSize: Number(process.env['BENCH_BATCH'] ?? 500),
    localConcurrency: Number(process.env['BENCH_CONCURRENCY'] ?? 1),
    pollingIntervalSeconds: 0.5,
    notifyPollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
  },
  async (jobs) => {
    for (const job of jobs) order.take(job.data);
  },
);
console.log(`insert ${JSON.stringify(insert)}`);
console.log('ready');
process.on('SIGTERM', () => {
  void boss.stop({ graceful: true, timeout: 5000 }).then(() => {
    order.report();
    process.exit(0);
  });
});
