import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import type { BenchSystem } from '../bench-system.js';
import type { Endpoint } from '../endpoint.js';
import type { Figure } from '../figure.js';
import { WATCH } from '../live/live-system.js';
import { numberedAddress } from '../numbered-address.js';
import { percentile } from '../statistics.js';
import { Watcher } from '../watcher.js';
import { importFile } from './files.js';
import type { People } from './people.js';

const ROWS = 300_000;
const BETWEEN_MS = 50;
const DEADLINE_MS = 10_000;
const POLL_MS = 10;
const MOST_MS = 250;

/**
 * How long after an addition is acknowledged its joined event arrives, while a file is imported. The watcher receives the
 * imported subscribers, too.
 */
export async function liveAdditions({ gateway, postgres }: BenchSystem, people: People): Promise<Figure[]> {
  const file = people.file(ROWS);
  await postgres.checkpoint();
  const seenAt = new Map<number, number>();
  let imported = 0;
  const watcher = await Watcher.open({
    endpoint: gateway,
    query: WATCH,
    onNumber: (number) => seenAt.set(number, performance.now()),
    onOther: () => (imported += 1),
  });
  let acknowledgedAt: number[];
  try {
    const adding = addDuring(importFile(gateway, file, ROWS), gateway);
    acknowledgedAt = await Promise.race([adding, watcher.broken]);
    console.log(
      `  the watcher has ${imported} imported subscribers, and ${acknowledgedAt.length} were added`,
    );
    await Promise.race([untilAllSeen(seenAt, acknowledgedAt.length), watcher.broken]);
  } finally {
    watcher.close();
  }
  const delays = Float64Array.from(acknowledgedAt, (at, number) => seenAt.get(number)! - at).sort();
  const figure = (percent: 50 | 99): Figure => ({
    name: `addition during an import → event, p${percent}`,
    values: [percentile(delays, percent)],
    unit: 'ms',
    digits: 1,
    ...(percent === 99 && { atMost: MOST_MS }),
  });
  return [figure(50), figure(99)];
}

/** Adds numbered subscribers, one after the other, until the import has ended. @returns when each was acknowledged */
async function addDuring(job: Promise<void>, gateway: Endpoint): Promise<number[]> {
  const acknowledgedAt: number[] = [];
  const state = { isOver: false };
  const end = job.finally(() => (state.isOver = true));
  // The error is thrown below.
  end.catch(() => undefined);
  while (!state.isOver) {
    await gateway.add(numberedAddress(acknowledgedAt.length));
    acknowledgedAt.push(performance.now());
    await delay(BETWEEN_MS);
  }
  await end;
  return acknowledgedAt;
}

async function untilAllSeen(seenAt: ReadonlyMap<number, number>, count: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (seenAt.size < count) {
    if (performance.now() > deadline) throw new Fault(`${seenAt.size} of ${count} events arrived`);
    await delay(POLL_MS);
  }
}
