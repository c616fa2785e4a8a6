import { freePort } from '@supergraph/tools/free-port';
import { startChild } from '../child.js';
import { printFigures } from '../figure.js';
import { residentMemory } from '../resident-memory.js';
import { withCrowd } from './crowd.js';
import type { CrowdTask } from './crowd-messages.js';
import { collectGarbage, COLLECTS_ON_SIGNAL } from './garbage.js';
import type { LiveSystem } from './live-system.js';
import type { RawServerTask } from './raw-server.js';

const WATCHERS = 10_000;
const HALF = WATCHERS / 2;
const WARM_UP = 1_000;
const MOST_KB = 20;
const KB_IN_MIB = 1_048.576;

interface Memory {
  readonly idleMiB: number;
  readonly halfMiB: number;
  readonly fullMiB: number;
}

/** What each of many watchers who wait takes of the gateway's memory, and what a bare socket takes. */
export async function idleMemory(live: LiveSystem): Promise<void> {
  await live.system.restart('gateway');
  const ours = await measure(live.gatewayPid, (watchers) => live.crowd({ watchers }));
  const task: RawServerTask = { port: await freePort() };
  const raw = await startChild(new URL('./raw-server.js', import.meta.url), task, COLLECTS_ON_SIGNAL);
  try {
    const url = `ws://127.0.0.1:${task.port}/graphql`;
    const bare = await measure(raw.pid, (watchers) => live.crowd({ watchers, url }));
    printFigures(`Memory of the gateway with ${WATCHERS} watchers who wait, in one room`, [
      { name: 'gateway, idle', values: [ours.idleMiB], unit: 'MiB' },
      { name: 'gateway, with all of them', values: [ours.fullMiB], unit: 'MiB' },
      { name: 'each watcher', values: [each(ours)], unit: 'KB', digits: 1, atMost: MOST_KB },
      {
        name: 'each of the second half',
        values: [eachOfSecondHalf(ours)],
        unit: 'KB',
        digits: 1,
        atMost: MOST_KB,
      },
      { name: 'bare ws server, each socket', values: [each(bare)], unit: 'KB', digits: 1 },
      {
        name: 'bare ws server, each of the second half',
        values: [eachOfSecondHalf(bare)],
        unit: 'KB',
        digits: 1,
      },
    ]);
  } finally {
    await raw.stop();
  }
}

/** Some come and leave first, so that idle includes what every server has loaded that has had watchers. */
async function measure(pid: number, crowd: (watchers: number) => CrowdTask): Promise<Memory> {
  await withCrowd(crowd(WARM_UP), async () => {});
  const idleMiB = await settledMiB(pid);
  return withCrowd(crowd(HALF), async () => {
    const halfMiB = await settledMiB(pid);
    const fullMiB = await withCrowd(crowd(HALF), () => settledMiB(pid));
    return { idleMiB, halfMiB, fullMiB };
  });
}

async function settledMiB(pid: number): Promise<number> {
  await collectGarbage(pid);
  return residentMemory(pid).now;
}

function each({ idleMiB, fullMiB }: Memory): number {
  return ((fullMiB - idleMiB) * KB_IN_MIB) / WATCHERS;
}

/** Without what those who left before have left free in the process: that was taken by the first half. */
function eachOfSecondHalf({ halfMiB, fullMiB }: Memory): number {
  return ((fullMiB - halfMiB) * KB_IN_MIB) / HALF;
}
