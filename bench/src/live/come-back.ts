import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { printFigures } from '../figure.js';
import { monotonicMs } from '../monotonic.js';
import { type Crowd, withCrowd } from './crowd.js';
import type { LiveSystem } from './live-system.js';
import { whileAdding } from './steady-additions.js';
import { operationsOpenedSince } from './upstream-operations.js';

const WATCHERS = 10_000;
/** Additions before the blow and after it, so that there are cursors to come back with, and what is lost shows. */
const AROUND_MS = 2_000;
const MOST_OPERATIONS = 10;

interface Return {
  /** From the blow until the last watcher was live again. */
  readonly seconds: number;
  readonly operations: number;
  readonly lost: number;
  readonly repeated: number;
}

/** Many watchers lose their sockets at once, and all come back with their cursors, while additions go on. */
export async function comeBack(live: LiveSystem): Promise<void> {
  print('whose sockets are cut', await after(live, (crowd) => crowd.drop()));
  let readyAt = 0;
  let killedAt = 0;
  const killed = await after(live, async () => {
    killedAt = monotonicMs();
    live.system.processes.gateway.kill('SIGKILL');
    await live.system.restart('gateway');
    readyAt = monotonicMs();
    return killedAt;
  });
  print('whose gateway is killed and started again', killed, (readyAt - killedAt) / 1_000);
}

/** @param blow gives the time of it, in milliseconds of `monotonicMs` */
async function after(live: LiveSystem, blow: (crowd: Crowd) => Promise<number>): Promise<Return> {
  // A fresh one: a room that still lingers would be joined without opening anything.
  await live.system.restart('gateway');
  const openedFrom = new Date();
  return withCrowd(live.crowd({ watchers: WATCHERS, returns: true }), async (crowd) => {
    if ((await operationsOpenedSince(live, openedFrom)) === 0) {
      throw new Fault('the subgraph does not log what is opened there');
    }
    const { blowFrom, seconds } = await whileAdding(live, async () => {
      await delay(AROUND_MS);
      const blowFrom = new Date();
      const blowAt = await blow(crowd);
      const liveAt = await crowd.liveAfter(blowAt);
      await delay(AROUND_MS);
      return { blowFrom, seconds: (liveAt - blowAt) / 1_000 };
    });
    const operations = await operationsOpenedSince(live, blowFrom);
    const { skipped, repeated, missing } = await crowd.tally(live.next);
    return { seconds, operations, lost: skipped + missing, repeated };
  });
}

function print(which: string, { seconds, operations, lost, repeated }: Return, readySeconds?: number): void {
  printFigures(`${WATCHERS} watchers ${which}, and who come back with their cursors`, [
    { name: 'until all are live again', values: [seconds], unit: 's', digits: 1 },
    ...(readySeconds === undefined
      ? []
      : [{ name: 'of that, until the gateway was ready', values: [readySeconds], unit: 's', digits: 1 }]),
    { name: 'upstream operations opened', values: [operations], atMost: MOST_OPERATIONS },
    { name: 'events lost, over all watchers', values: [lost], atMost: 0 },
    { name: 'events repeated, over all watchers', values: [repeated], atMost: 0 },
  ]);
}
