import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { everythingSettled } from '../subscriptions/rooms/testing/scripted-watcher.js';
import { TurnedClock } from '../subscriptions/transports/testing/turned-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { SubgraphFault, type FaultKind } from './subgraph-fault.js';
import { CircuitOpen, SubgraphGuard } from './subgraph-guard.js';

const TIMEOUT_MS = 1_000;
/** Longer than any pause before a further try. */
const A_WHILE_MS = 200;

let clock: TurnedClock;
let guard: SubgraphGuard;
beforeEach(() => {
  clock = new TurnedClock();
  guard = new SubgraphGuard(TIMEOUT_MS, new CircuitBreaker(clock), clock);
});

const fault = (kind: FaultKind) => new SubgraphFault('scripted', kind);
const refused = () => Object.assign(new Error('scripted'), { code: 'ECONNREFUSED' });

/** Fails as told, one try after the other, and answers after that. */
const failing = (...faults: Error[]) =>
  jest.fn(async (_timeoutMs: number) => {
    const next = faults.shift();
    if (next) throw next;
    return 'answer';
  });

/** What becomes of a fetch whose pauses are over as soon as they begin. */
async function outcome(ask: (timeoutMs: number) => Promise<string>, mayRepeat = true, budgetMs = 5_000) {
  const fetching = guard.fetch(ask, { deadline: clock.now() + budgetMs, mayRepeat });
  let settled: unknown;
  fetching.then(
    (answer) => (settled = answer),
    (error: unknown) => (settled = error),
  );
  await everythingSettled();
  while (clock.planned > 0) {
    clock.turn(A_WHILE_MS);
    await everythingSettled();
  }
  return settled;
}

describe('a fetch', () => {
  test('is tried again, twice at most, when the subgraph could not be reached', async () => {
    const ask = failing(refused(), fault('unreachable'));
    expect(await outcome(ask)).toBe('answer');
    expect(ask).toHaveBeenCalledTimes(3);
    const hopeless = failing(...Array.from({ length: 5 }, refused));
    expect(await outcome(hopeless)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(hopeless).toHaveBeenCalledTimes(3);
  });

  test('that changes something is never sent twice', async () => {
    const ask = failing(refused());
    expect(await outcome(ask, false)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test.each<FaultKind>(['faulty', 'excused'])('is not tried again when the answer was %s', async (kind) => {
    const ask = failing(fault(kind));
    expect(await outcome(ask)).toMatchObject({ kind });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('gets what is left of its operation’s time, and none when there is none left', async () => {
    const ask = failing();
    await outcome(ask);
    await outcome(ask, true, 700);
    expect(ask.mock.calls).toEqual([[TIMEOUT_MS], [700]]);
    expect(await outcome(ask, true, 0)).toMatchObject({ kind: 'excused' });
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test('has less time each time it is tried again', async () => {
    const ask = failing(refused(), refused());
    await outcome(ask, true, 900);
    const [first, second, third] = ask.mock.calls.map(([timeoutMs]) => timeoutMs);
    expect([first, second! < first!, third! < second!]).toEqual([900, true, true]);
  });
});

describe('a subgraph that stays down', () => {
  /** Sends so many fetches; answers how often the subgraph was asked. */
  async function asked(fetches: number, mixedWith = 0): Promise<number> {
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

  test('is asked a tenth more for all the fetches that fail, and ten', async () => {
    // Three good ones for each that fails: the breaker stays closed.
    const count = await asked(200, 3);
    expect(count).toBeGreaterThan(800 + 80);
    expect(count).toBeLessThanOrEqual(800 + 80 + 10);
  });

  test('is soon not asked any more, and who asks is told at once', async () => {
    await asked(20);
    const ask = failing();
    expect(await outcome(ask)).toBeInstanceOf(CircuitOpen);
    expect(ask).not.toHaveBeenCalled();
  });

  test('is asked by one alone after a second, and by all when it answers', async () => {
    await asked(20);
    clock.turn(1_000);
    const answers: ((answer: string) => void)[] = [];
    const slowly = jest.fn(() => new Promise<string>((resolve) => answers.push(resolve)));
    const limits = { deadline: clock.now() + 5_000, mayRepeat: true };
    const probe = guard.fetch(slowly, limits);
    await expect(guard.fetch(slowly, limits)).rejects.toBeInstanceOf(CircuitOpen);
    answers[0]!('answer');
    expect(await probe).toBe('answer');
    expect(await outcome(failing())).toBe('answer');
    expect(slowly).toHaveBeenCalledTimes(1);
  });

  test('is not thought ill of for operations that had no time left, or asked too much', async () => {
    for (let n = 0; n < 100; n += 1) await outcome(failing(fault('excused')));
    expect(await outcome(failing())).toBe('answer');
  });
});
