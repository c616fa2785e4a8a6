import { EventEmitter, once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { type Child, startChild } from '../child.js';

const DEADLINE_MS = 90_000;

/** Watchers that one process opens (`group-process.ts`). A watcher whose socket closes resumes after its last cursor. */
export interface GroupTask {
  /** `ws://host:port/graphql` */
  readonly url: string;
  readonly connectionInit: Record<string, string>;
  /** Takes `$after`, requests bookmarks, and selects the subscriber's address. */
  readonly query: string;
  readonly watchers: number;
  /** The number of the next event (numbered-address.ts). */
  readonly next: number;
}

/** Requests a tally. `next` is the number of the next event. */
export interface GroupCommand {
  readonly next: number;
}

/** Sums over all watchers. */
export interface Tally {
  readonly lost: number;
  /** Events that came twice or out of order. */
  readonly repeated: number;
}

/** Times are milliseconds of `monotonicMs`. */
export type GroupReport =
  | { readonly type: 'started' }
  /** Each watcher has received a bookmark or an event on its present socket. */
  | { readonly type: 'live'; readonly at: number }
  /** The last watcher has received this event, with this message. */
  | { readonly type: 'seen'; readonly number: number; readonly at: number; readonly message: string }
  | ({ readonly type: 'tally' } & Tally)
  | { readonly type: 'failed'; readonly why: string };

type Report<Type> = Extract<GroupReport, { type: Type }>;

/** Many watchers in a separate process. Times are milliseconds of `monotonicMs`. */
export class WatcherGroup {
  private readonly reports = new EventEmitter<{ change: [] }>();
  private readonly seen = new Map<number, Report<'seen'>>();
  private liveAt = -Infinity;
  private lastTally: Tally | undefined;
  private failure: Fault | undefined;

  private constructor(private readonly child: Child) {
    child.process.on('message', (report: GroupReport) => {
      if (report.type === 'live') this.liveAt = report.at;
      if (report.type === 'seen') this.seen.set(report.number, report);
      if (report.type === 'tally') this.lastTally = report;
      if (report.type === 'failed') this.failure ??= new Fault(report.why);
      this.reports.emit('change');
    });
    child.process.once('exit', () => {
      this.failure ??= new Fault('the process of the watchers exited');
      this.reports.emit('change');
    });
  }

  static async start(task: GroupTask): Promise<WatcherGroup> {
    return new WatcherGroup(await startChild(new URL('./group-process.js', import.meta.url), task));
  }

  /** @returns when all of them became live, if later than `time` */
  async liveAfter(time: number): Promise<number> {
    return this.until(() => (this.liveAt > time ? this.liveAt : undefined), 'the watchers are not live');
  }

  /** @returns when the last of them received this event, and the message */
  async seenByAll(number: number): Promise<{ at: number; message: string }> {
    return this.until(() => this.seen.get(number), `not all watchers have received event ${number}`);
  }

  /** @param next the number of the next event */
  async tally(next: number): Promise<Tally> {
    this.child.process.send({ next } satisfies GroupCommand);
    return this.until(() => this.lastTally, 'the events are not counted');
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }

  private async until<Found>(find: () => Found | undefined, otherwise: string): Promise<Found> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      if (this.failure) throw this.failure;
      const found = find();
      if (found !== undefined) return found;
      await once(this.reports, 'change', { signal }).catch(() => {
        throw new Fault(`${otherwise} after ${DEADLINE_MS / 1_000} s`);
      });
    }
  }
}

/** Opens watchers, runs `work` when all of them are live, and closes them. */
export async function withWatchers<Result>(
  task: GroupTask,
  work: (group: WatcherGroup) => Promise<Result>,
): Promise<Result> {
  const group = await WatcherGroup.start(task);
  try {
    await group.liveAfter(-Infinity);
    console.log(`  ${task.watchers} watchers are live`);
    return await work(group);
  } finally {
    await group.stop();
  }
}
