import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import type { BenchSystem } from '../bench-system.js';
import type { Figure } from '../figure.js';
import { residentMemory, resetPeakMemory } from '../process-usage.js';
import { exportFile } from './files.js';

const ROUNDS = 3;
const LEAST_PER_SECOND = 100_000;

/** How fast all subscribers are downloaded through the gateway. */
export async function exports({ gateway, system, databaseUrls }: BenchSystem): Promise<Figure[]> {
  const { pid } = system.processes['email-subscriptions']!;
  const subscribers = await withClient(databaseUrls['email-subscriptions']!, async (client) => {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM subscribers');
    return Number(rows[0]!.count);
  });
  const download = async (format: 'CSV' | 'NDJSON') => {
    const expected = subscribers + (format === 'CSV' ? 1 : 0);
    const startedAt = performance.now();
    const lines = await exportFile(gateway, format);
    if (lines !== expected) throw new Fault(`${lines} lines of ${expected}`);
    return (subscribers * 1_000) / (performance.now() - startedAt);
  };
  await download('CSV');
  resetPeakMemory(pid);
  const idleMiB = residentMemory(pid).now;
  const rounds: { csv: number; ndjson: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ csv: await download('CSV'), ndjson: await download('NDJSON') });
  }
  return [
    {
      name: 'export as CSV, rows per second',
      values: rounds.map(({ csv }) => csv),
      atLeast: LEAST_PER_SECOND,
    },
    { name: 'export as NDJSON, rows per second', values: rounds.map(({ ndjson }) => ndjson) },
    { name: 'export, memory above idle', values: [residentMemory(pid).peak - idleMiB], unit: 'MiB' },
  ];
}
