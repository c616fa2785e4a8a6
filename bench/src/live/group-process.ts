import { ownTask } from '../child.js';
import { monotonicMs } from '../monotonic.js';
import type { GroupCommand, GroupReport, GroupTask } from './watcher-group.js';
import { GroupWatcher, type GroupEvents } from './group-watcher.js';

const CONNECTING_AT_ONCE = 500;
const RETRY_MS = 200;

/** Watchers in a separate process, so that their CPU time is not the server's. */
const task = ownTask() as GroupTask;
const report = (message: GroupReport) => void process.send?.(message);

/** How many watchers have received an event. */
const seen = new Map<number, number>();
let skipped = 0;
let repeated = 0;
let live = 0;

const waiting: GroupWatcher[] = [];
const connecting = new Set<GroupWatcher>();

function connectSome(): void {
  while (connecting.size < CONNECTING_AT_ONCE) {
    const watcher = waiting.pop();
    if (!watcher) return;
    connecting.add(watcher);
    watcher.connect();
  }
}

const events: GroupEvents = {
  onLive(watcher) {
    live += 1;
    connecting.delete(watcher);
    if (live === task.watchers) report({ type: 'live', at: monotonicMs() });
    connectSome();
  },
  onNumber(watcher, number, message) {
    if (number < watcher.next) {
      repeated += 1;
      return;
    }
    skipped += number - watcher.next;
    watcher.next = number + 1;
    const count = (seen.get(number) ?? 0) + 1;
    if (count < task.watchers) {
      seen.set(number, count);
      return;
    }
    seen.delete(number);
    report({ type: 'seen', number, at: monotonicMs(), message: String(message) });
  },
  onClosed(watcher, wasLive) {
    if (wasLive) live -= 1;
    if (connecting.has(watcher)) {
      // The server is not up yet. The watcher keeps its place, so that the others do not try meanwhile.
      setTimeout(() => watcher.connect(), RETRY_MS);
    } else {
      waiting.push(watcher);
      connectSome();
    }
  },
  onFailed: (why) => report({ type: 'failed', why }),
};

const watchers = Array.from({ length: task.watchers }, () => new GroupWatcher(task, events));

process.on('message', ({ next }: GroupCommand) => {
  const missing = watchers.reduce((sum, watcher) => sum + next - watcher.next, 0);
  report({ type: 'tally', lost: skipped + missing, repeated });
});
process.once('disconnect', () => {
  for (const watcher of watchers) watcher.reset();
  process.exit(0);
});
report({ type: 'started' });
waiting.push(...watchers);
connectSome();
