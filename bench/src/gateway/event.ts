import { EventEmitter, once } from 'node:events';
import type { BenchSystem } from '../bench-system.js';
import type { Figure } from '../figure.js';
import { WATCH } from '../live/live-system.js';
import { repeat } from '../load.js';
import { numberedAddress } from '../numbered-address.js';
import { cpuTimeMs } from '../process-usage.js';
import { Watcher } from '../watcher.js';
import type { Probe } from './probed-gateway.js';

const EVENTS = 1_000;
const AT_ONCE = 4;
const ROUNDS = 3;
/** Half of what it took with the executor of `@apollo/gateway`. See docs/benchmarks.md. */
const MOST_COMPLETION_MS = 0.009;
const DEADLINE_MS = 30_000;

/** CPU time of this gateway's process for an event with one watcher, and of its completion alone. */
export async function event(bench: BenchSystem, probe: Probe, first: number): Promise<Figure[]> {
  await probe('/capture');
  const [whole, completion, recorded]: [number[], number[], number[]] = [[], [], []];
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const cpu = await cpuPerEvent(bench, first + round * EVENTS);
    if (round === 0) continue;
    whole.push(cpu);
    completion.push(await probe('/completion'));
    recorded.push(await probe('/recorded-completion'));
  }
  const ms = { unit: 'ms', digits: 3 };
  return [
    { name: 'event for one watcher, CPU', values: whole, ...ms },
    { name: 'completion alone, CPU', values: completion, ...ms },
    { name: 'completion without its request, CPU', values: recorded, ...ms, atMost: MOST_COMPLETION_MS },
  ];
}

/** Adds subscribers at the subgraph, so that the gateway does no other work. */
async function cpuPerEvent(bench: BenchSystem, first: number): Promise<number> {
  const { pid } = bench.system.processes.gateway;
  const subgraph = bench.subgraph('email-subscriptions');
  const counter = new EventEmitter<{ last: [] }>();
  let count = 0;
  const onNumber = () => {
    count += 1;
    if (count === EVENTS) counter.emit('last');
  };
  const watcher = await Watcher.open({ endpoint: bench.gateway, query: WATCH, onNumber });
  try {
    const last = once(counter, 'last', { signal: AbortSignal.timeout(DEADLINE_MS) });
    const before = cpuTimeMs(pid);
    await repeat(EVENTS, AT_ONCE, (n) => subgraph.add(numberedAddress(first + n)));
    await Promise.race([last, watcher.broken]);
    return (cpuTimeMs(pid) - before) / EVENTS;
  } finally {
    watcher.close();
  }
}
