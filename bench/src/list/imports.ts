import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSystem } from '../bench-system.js';
import type { Figure } from '../figure.js';
import { residentMemory, resetPeakMemory } from '../process-usage.js';
import { importFile } from './files.js';
import { People } from './people.js';

const ROWS = 200_000;
const WARM_UP = 5_000;
const SETTLE_MS = 2_000;
const ROUNDS = 3;
const LEAST_PER_SECOND = 15_000;
const MOST_MORE_MIB = 150;

interface Round {
  readonly perSecond: number;
  readonly idleMiB: number;
  readonly peakMiB: number;
}

/** How fast a file is imported through the gateway, from its first byte to the commit of its last row. */
export async function imports(bench: BenchSystem, people: People): Promise<Figure[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // A fresh process, so that each round starts with the same memory.
    await bench.system.restart('email-subscriptions');
    rounds.push(await importRows(bench, people));
  }
  const values = (of: (round: Round) => number) => rounds.map(of);
  return [
    {
      name: 'import, rows per second',
      values: values(({ perSecond }) => perSecond),
      atLeast: LEAST_PER_SECOND,
    },
    {
      name: 'import, memory above idle',
      values: values(({ idleMiB, peakMiB }) => peakMiB - idleMiB),
      unit: 'MiB',
      atMost: MOST_MORE_MIB,
    },
  ];
}

async function importRows({ gateway, system, postgres }: BenchSystem, people: People): Promise<Round> {
  await importFile(gateway, people.file(WARM_UP), WARM_UP);
  const file = people.file(ROWS);
  await postgres.checkpoint();
  await delay(SETTLE_MS);
  const { pid } = system.processes['email-subscriptions']!;
  resetPeakMemory(pid);
  const idleMiB = residentMemory(pid).now;
  const startedAt = performance.now();
  await importFile(gateway, file, ROWS);
  const perSecond = (ROWS * 1_000) / (performance.now() - startedAt);
  return { perSecond, idleMiB, peakMiB: residentMemory(pid).peak };
}
