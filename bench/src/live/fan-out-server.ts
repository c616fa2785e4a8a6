import type { CrowdTask } from './crowd-messages.js';
import { collectGarbage } from './garbage.js';
import type { LiveSystem } from './live-system.js';
import { monotonicMs } from '../monotonic.js';

/** A server whose fan-out is measured. */
export interface FanOutServer {
  readonly name: string;
  readonly pid: number;
  /** The server's process and those of the subgraphs behind it. */
  readonly allPids: readonly number[];
  /** Events in a round, after one that does not count. */
  readonly events: number;
  crowd(watchers: number): CrowdTask;
  /** Has an event happen. @returns its number, and when its cause was done, in milliseconds of `monotonicMs` */
  cause(): Promise<Cause>;
  /** After a round: nothing that it has left behind is to cost the next one. */
  settle(): Promise<void>;
}

export interface Cause {
  readonly number: number;
  readonly at: number;
}

/** Our gateway: whoever asks for the same shares a room. */
export function rooms(live: LiveSystem): FanOutServer {
  return ours(live, 'rooms', 20, false);
}

/** The same process, but nobody asks for the same: each watcher has an upstream and executions of their own. */
export function sharingOff(live: LiveSystem): FanOutServer {
  return ours(live, 'sharing off', 3, true);
}

function ours(live: LiveSystem, name: string, events: number, alone: boolean): FanOutServer {
  return {
    name,
    pid: live.gatewayPid,
    allPids: Object.values(live.system.processes).map(({ pid }) => pid),
    events,
    crowd: (watchers) => live.crowd({ watchers, alone }),
    async cause() {
      const number = await live.add();
      return { number, at: monotonicMs() };
    },
    settle: () => collectGarbage(live.gatewayPid),
  };
}
