import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { everythingSettled } from '../subscriptions/rooms/testing/scripted-watcher.js';
import { ManualClock } from '../request/testing/manual-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { SubgraphFault, type FaultKind } from './subgraph-fault.js';
import { CircuitOpen, SubgraphGuard } from './subgraph-guard.js';

const TIMEOUT_MS = 1_000;
/** Longer than any backoff. */
const A_WHILE_MS = 200;

let clock: ManualClock;
let guard: SubgraphGuard;
beforeEach(() => {
  clock = new ManualClock();
  guard = new SubgraphGuard(TIMEOUT_MS, new CircuitBreaker(clock), clock);
});

const fault = (kind: FaultKind) => new SubgraphFault('scripted', kind);
const refused = () => Object.assign(new Error('scripted'), { code: 'ECONNREFUSED' });

/** A fetch that fails with the given errors, one per attempt, and then succeeds. */
const failing = (...faults: Error[]) =>
  jest.fn(async (_timeoutMs: number) => {
    const next = faults.shift();
    if (next) throw next;
    return 'answer';
  });

/** Returns the result or error of a fetch, and advances the clock through each backoff. */
async function outcome(send: (timeoutMs: number) => Promise<string>, mayRepeat = true, budgetMs = 5_000) {
  const fetching = guard.fetch(send, { deadline: clock.now() + budgetMs, mayRepeat });
  let settled: unknown;
  fetching.then(
    (answer) => (settled = answer),
    (error: unknown) => (settled = error),
  );
  await everythingSettled();
  while (clock.pending > 0) {
    clock.advance(A_WHILE_MS);
    await everythingSettled();
  }
  return settled;
}

describe('a fetch', () => {
  test('is retried at most twice when the subgraph cannot be reached', async () => {
    const send = failing(refused(), fault('unreachable'));
    expect(await outcome(send)).toBe('answer');
    expect(send).toHaveBeenCalledTimes(3);
    const hopeless = failing(...Array.from({ length: 5 }, refused));
    expect(await outcome(hopeless)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(hopeless).toHaveBeenCalledTimes(3);
  });

  test('is not retried when it is not safe to repeat', async () => {
    const send = failing(refused());
    expect(await outcome(send, false)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(send).toHaveBeenCalledTimes(1);
  });

  test.each<FaultKind>(['faulty', 'ignored'])('is not retried after a fault of kind %s', async (kind) => {
    const send = failing(fault(kind));
    expect(await outcome(send)).toMatchObject({ kind });
    expect(send).toHaveBeenCalledTimes(1);
  });

  test('gets the remaining time of its operation, and is not sent when none is left', async () => {
    const send = failing();
    await outcome(send);
    await outcome(send, true, 700);
    expect(send.mock.calls).toEqual([[TIMEOUT_MS], [700]]);
    expect(await outcome(send, true, 0)).toMatchObject({ kind: 'ignored' });
    expect(send).toHaveBeenCalledTimes(2);
  });

  test('gets less time for each retry', async () => {
    const send = failing(refused(), refused());
    await outcome(send, true, 900);
    const [first, second, third] = send.mock.calls.map(([timeoutMs]) => timeoutMs);
    expect([first, second! < first!, third! < second!]).toEqual([900, true, true]);
  });
});

describe('a subgraph that stays down', () => {
  /**
   * Sends failing fetches, with `mixedWith` successful ones after each. Returns the number of requests to the
   * subgraph.
   */
  async function requestsFor(fetches: number, mixedWith = 0): Promise<number> {
    let count = 0;
    const down = async () => {
      count += 1;
      throw refused();
    };
    const up = async () => {
      count += 1;
      return 'answer';
    };
    for (let n = 0; n < fetches; n += 1) {
      await outcome(down);
      for (let good = 0; good < mixedWith; good += 1) await outcome(up);
    }
    return count;
  }

  test('gets retries for a tenth of all fetches, plus ten', async () => {
    // With three successes per failure, the breaker stays closed.
    const count = await requestsFor(200, 3);
    expect(count).toBeGreaterThan(800 + 80);
    expect(count).toBeLessThanOrEqual(800 + 80 + 10);
  });

  test('gets one probe after a second, and all requests when the probe succeeds', async () => {
    await requestsFor(20);
    clock.advance(1_000);
    const resolves: ((result: string) => void)[] = [];
    const slowly = jest.fn(() => new Promise<string>((resolve) => resolves.push(resolve)));
    const limits = { deadline: clock.now() + 5_000, mayRepeat: true };
    const probe = guard.fetch(slowly, limits);
    await expect(guard.fetch(slowly, limits)).rejects.toBeInstanceOf(CircuitOpen);
    resolves[0]!('answer');
    expect(await probe).toBe('answer');
    expect(await outcome(failing())).toBe('answer');
    expect(slowly).toHaveBeenCalledTimes(1);
  });
});
