import { setTimeout as delay } from 'node:timers/promises';
import { ownTask } from '../child.js';
import { asViewer, CONNECTIONS, Endpoint } from '../endpoint.js';
import { timesPerSecond } from '../load.js';

/** Sends one query for some seconds. A process of its own, so that nothing else delays what it sends or measures. */
export interface LoadTask {
  readonly url: string;
  readonly accessToken: string;
  readonly query: string;
  readonly seconds: number;
  /** Requests per second at an even pace. By default each connection sends its next one after a response. */
  readonly perSecond?: number;
}

export interface LoadReport {
  /** Responses per second. */
  readonly perSecond: number;
  /** Milliseconds from when a request was due, not from when it was sent. Only of an even pace. */
  readonly latencies: readonly number[];
}

const task = ownTask() as LoadTask;
const endpoint = new Endpoint(task.url, asViewer(task.accessToken));
process.once('disconnect', () => process.exit(0));
process.send?.('started');
const report: LoadReport = task.perSecond
  ? await evenly(task.perSecond)
  : {
      perSecond: await timesPerSecond(CONNECTIONS, task.seconds, () => endpoint.query(task.query)),
      latencies: [],
    };
process.send?.(report);

async function evenly(perSecond: number): Promise<LoadReport> {
  const startedAt = performance.now();
  const all: Promise<number>[] = [];
  for (let n = 0; n < task.seconds * perSecond; n += 1) {
    const due = startedAt + (n * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    all.push(endpoint.query(task.query).then(() => performance.now() - due));
  }
  return { perSecond, latencies: await Promise.all(all) };
}
