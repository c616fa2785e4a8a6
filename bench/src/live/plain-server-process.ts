import { once } from 'node:events';
import { freePort } from '@supergraph/tools/free-port';
import { numberedAddress } from '../additions/numbered-address.js';
import { startChild } from '../child.js';
import type { FanOutServer } from './fan-out-server.js';
import { collectGarbage, COLLECTS_ON_SIGNAL } from './garbage.js';
import type { LiveSystem } from './live-system.js';
import type { PlainServerReport, PlainServerTask } from './plain-server.js';

/** An event as the gateway sends it to a watcher. */
export interface JoinedEvent {
  readonly subscriber: { readonly email: string };
}

/**
 * A server without federation as a process of its own, that sends the same as the gateway; the clock of an event
 * starts when it has it.
 * @param sample an event of the gateway; those of this server differ in the address alone
 */
export async function startPlainServer(
  live: LiveSystem,
  sample: JoinedEvent,
): Promise<FanOutServer & { stop(): Promise<void> }> {
  const task: PlainServerTask = { port: await freePort() };
  const child = await startChild(new URL('./plain-server.js', import.meta.url), task, COLLECTS_ON_SIGNAL);
  return {
    name: 'plain graphql-ws',
    pid: child.pid,
    allPids: [child.pid],
    events: 20,
    crowd: (watchers) => live.crowd({ watchers, url: `ws://127.0.0.1:${task.port}/graphql` }),
    async cause() {
      const number = live.take(1);
      child.process.send({ ...sample, subscriber: { ...sample.subscriber, email: numberedAddress(number) } });
      const [{ at }] = (await once(child.process, 'message')) as [PlainServerReport];
      return { number, at };
    },
    settle: () => collectGarbage(child.pid),
    stop: () => child.stop(),
  };
}
