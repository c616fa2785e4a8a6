import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import type { BenchSystem } from '../bench-system.js';
import type { Figure } from '../figure.js';
import { WATCH } from '../live/live-system.js';
import { numberedAddress } from '../numbered-address.js';
import { percentile } from '../statistics.js';
import { untilBulkNumbered } from '../stream/event-log.js';
import { Watcher } from '../watcher.js';
import { importFile } from './files.js';
import type { People } from './people.js';

const ROWS = 300_000;
const BETWEEN_MS = 50;
const DEADLINE_MS = 10_000;
const MOST_MS = 250;

/**
 * How long after an addition is acknowledged its joined event arrives, while a file is imported. The watcher receives the
 * imported subscribers, too.
 */
export async function liveAdditions(
  { gateway, postgres, databaseUrls }: BenchSystem,
  people: People,
): Promise<Figure[]> {
  const file = people.file(ROWS);
  await withClient(databaseUrls['email-subscriptions']!, untilBulkNumbered);
  await postgres.checkpoint();
  const acknowledged: number[] = [];
  const seen: number[] = [];
  let imported = 0;
  const watcher = await Watcher.open({
    endpoint: gateway,
    query: WATCH,
    onNumber: (number) => (seen[number] = performance.now()),
    onOther: () => (imported += 1),
  });
  try {
    let running = true;
    const job = importFile(gateway, file, ROWS).finally(() => (running = false));
    job.catch(() => undefined);
    while (running) {
      const number = acknowledged.length;
      await Promise.race([gateway.add(numberedAddress(number)), watcher.broken]);
      acknowledged.push(performance.now());
      await delay(BETWEEN_MS);
    }
    await job;
    const deadline = performance.now() + DEADLINE_MS;
    while (Object.keys(seen).length < acknowledged.length) {
      if (performance.now() > deadline)
        throw new Fault(`${acknowledged.length} additions, ${seen.length} events`);
      await Promise.race([delay(10), watcher.broken]);
    }
  } finally {
    watcher.close();
  }
  const delays = Float64Array.from(acknowledged, (at, number) => seen[number]! - at).sort();
  console.log(
    `  ${acknowledged.length} additions, and ${imported} imported subscribers at the watcher meanwhile`,
  );
  const figure = (percent: 50 | 99): Figure => ({
    name: `addition during an import → event, p${percent}`,
    values: [percentile(delays, percent)],
    unit: 'ms',
    digits: 1,
    ...(percent === 99 && { atMost: MOST_MS }),
  });
  return [figure(50), figure(99)];
}
