import { ownTask } from '../child.js';
import { monotonicMs } from '../monotonic.js';
import type { CrowdCommand, CrowdReport, CrowdTask } from './crowd-messages.js';
import { CrowdWatcher, type CrowdEvents } from './crowd-watcher.js';

const RETRY_MS = 200;

/** Watchers in a process of their own, so that what they cost shows in nobody else's time. */
const task = ownTask() as CrowdTask;
const report = (message: CrowdReport) => void process.send?.(message);

/** How many watchers have had an event. */
const seen = new Map<number, number>();
let skipped = 0;
let repeated = 0;
let live = 0;

const waiting: CrowdWatcher[] = [];
const connecting = new Set<CrowdWatcher>();

function connectSome(): void {
  while (connecting.size < task.atOnce) {
    const watcher = waiting.pop();
    if (!watcher) return;
    connecting.add(watcher);
    watcher.connect();
  }
}

const events: CrowdEvents = {
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
  onClosed(watcher, wasLive, why) {
    if (!task.returns) return events.onFailed(`a watcher's socket closed: ${why}`);
    if (wasLive) live -= 1;
    if (connecting.has(watcher)) {
      // Nobody is there yet. Its place among those on their way is kept: the rest need not try meanwhile.
      setTimeout(() => watcher.connect(), RETRY_MS);
    } else {
      waiting.push(watcher);
      connectSome();
    }
  },
  onFailed: (why) => report({ type: 'failed', why }),
};

const watchers = Array.from({ length: task.watchers }, (_, index) => new CrowdWatcher(task, index, events));

function obey(command: CrowdCommand): void {
  if (command.type === 'tally') {
    const missing = watchers.reduce((sum, { next }) => sum + command.next - next, 0);
    return report({ type: 'tally', tally: { skipped, repeated, missing } });
  }
  if (command.type === 'drop') {
    report({ type: 'dropped', at: monotonicMs() });
    live = 0;
  } else {
    events.onClosed = () => {};
    process.disconnect();
  }
  for (const watcher of watchers) watcher.drop();
}

process.on('message', obey);
process.once('disconnect', () => process.exit(0));
report({ type: 'started' });
waiting.push(...watchers);
connectSome();
