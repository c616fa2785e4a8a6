import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { RoomTopic } from './room-topic.js';
import { Rooms } from './rooms.js';
import { eventOf, ScriptedUpstream, type Asked } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

type Command =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'deliver'; readonly who: number; readonly most: number }
  | { readonly do: 'join'; readonly back: number | null }
  | { readonly do: 'lose' | 'leave' | 'pause' | 'wake' | 'return'; readonly who: number }
  | { readonly do: 'hold' | 'release' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'reload'; readonly kind: Reload; readonly isLate: boolean };

/** What a new schema means for the operation that is watched. */
type Reload = 'same upstream request' | 'other upstream request' | 'other company' | 'not accepted';

const who = fc.nat(20);
const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(600)),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      who,
      most: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      back: fc.option(fc.oneof(fc.nat(3), fc.nat(12)), { nil: null }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'lose' as const,
        'leave' as const,
        'pause' as const,
        'wake' as const,
        'return' as const,
      ),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('hold' as const, 'release' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 100, 1_500, 61_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reload' as const),
      kind: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('same upstream request', 'other upstream request') },
        { weight: 1, arbitrary: fc.constantFrom('other company', 'not accepted') },
      ),
      isLate: fc.boolean(),
    }),
  },
);

/** A watcher, and where it stands in the log; null when that is up to the upstream. */
interface Watching {
  readonly watcher: ScriptedWatcher;
  /** Of the room that it has joined. */
  readonly key: string;
  position: number | null;
  read: number;
}

/** A subgraph whose log is the numbers from 1 on, and watchers who must see each of them once. */
class Run {
  readonly rooms = new Rooms();
  readonly upstream = new ScriptedUpstream();
  /** What the operation is about now, and what became of rooms of before under their keys. */
  topic = this.topicOf(1, 'key', 'query');
  readonly ended = new Map<string, Reload>();
  /** Rooms that cannot plan anew yet. */
  late: (() => void)[] | null = null;
  readonly faults: unknown[] = [];
  readonly watchings: Watching[] = [];
  /** What each subscription upstream has yet to say. */
  readonly queues = new Map<Asked, string[]>();
  readonly lost = new Set<Asked>();
  end = 20;

  topicOf(generation: number, key: string, query: string): RoomTopic {
    const topic = this.upstream.topic({ bookmarks: true, retryWindowMs: Infinity });
    return {
      ...topic,
      generation,
      key,
      request: { ...topic.request, query },
      complete: (event) => {
        // A plan can complete only what was asked for by it.
        expect(event.data!['query']).toBe(query);
        return topic.complete(event);
      },
      replan: async () => {
        if (this.late) await new Promise<void>((goOn) => this.late!.push(goOn));
        return this.ended.get(key) === 'not accepted' ? [{ message: 'no such field' }] : this.topic;
      },
      onFault: (error) => void this.faults.push(error),
    };
  }

  reload(kind: Reload, isLate: boolean): void {
    const { key, generation, request } = this.topic;
    const next = generation + 1;
    const isSameRoom = kind === 'same upstream request' || kind === 'other upstream request';
    if (!isSameRoom) this.ended.set(key, kind);
    this.topic = this.topicOf(
      next,
      isSameRoom ? key : `key ${next}`,
      kind === 'same upstream request' ? request.query : `query ${next}`,
    );
    if (isLate) this.late ??= [];
    void this.rooms.renew(next);
  }

  planAnew(): void {
    const late = this.late ?? [];
    this.late = null;
    for (const goOn of late) goOn();
  }

  get #open(): Asked[] {
    for (const asked of this.upstream.asked) {
      if (this.queues.has(asked)) continue;
      const after = asked.request.variables['live__after'] as string | undefined;
      const from = after === undefined ? this.end : Number(after);
      const missed = Array.from({ length: this.end - from }, (_, n) => String(from + n + 1));
      this.queues.set(asked, [`b${from}`, ...missed, ...(after === undefined ? [] : [`b${this.end}`])]);
    }
    return this.upstream.asked.filter((asked) => !asked.isStopped && !this.lost.has(asked));
  }

  async execute(command: Command): Promise<void> {
    const one = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
    switch (command.do) {
      case 'publish': {
        const open = this.#open;
        for (let n = 0; n < command.count; n += 1) {
          this.end += 1;
          for (const asked of open) this.queues.get(asked)!.push(String(this.end));
        }
        break;
      }
      case 'deliver': {
        const asked = one(this.#open, command.who);
        if (asked) this.deliver(asked, command.most);
        break;
      }
      case 'lose': {
        const asked = one(this.#open, command.who);
        if (!asked) break;
        this.lost.add(asked);
        asked.sink.lost();
        break;
      }
      case 'join':
        this.join(command.back === null ? null : Math.max(0, this.end - command.back));
        break;
      case 'return': {
        const gone = one(this.watchings, command.who);
        if (!gone || gone.position === null) break;
        this.leave(gone);
        this.join(gone.position);
        break;
      }
      case 'leave': {
        const gone = one(this.watchings, command.who);
        if (gone) this.leave(gone);
        break;
      }
      case 'pause': {
        const slow = one(this.watchings, command.who);
        if (slow) slow.watcher.ready = false;
        break;
      }
      case 'wake':
        one(this.watchings, command.who)?.watcher.wake();
        break;
      case 'hold':
        this.upstream.hold();
        break;
      case 'release':
        this.upstream.release();
        this.planAnew();
        break;
      case 'reload':
        this.reload(command.kind, command.isLate);
        break;
      case 'wait':
        await jest.advanceTimersByTimeAsync(command.ms);
    }
    await everythingSettled();
    void this.#open;
    for (const watching of this.watchings.slice()) this.check(watching);
  }

  deliver(asked: Asked, most: number): void {
    const queue = this.queues.get(asked)!;
    for (let n = 0; n < most && queue.length > 0 && !asked.isStopped; n += 1) {
      const { query } = asked.request;
      asked.sink.next({ data: { ...eventOf(queue.shift()!).data, query } });
    }
  }

  join(position: number | null): void {
    const watcher = new ScriptedWatcher();
    const after = position === null ? null : String(position);
    watcher.membership = this.rooms.join(this.topic, after, watcher);
    this.watchings.push({ watcher, key: this.topic.key, position, read: 0 });
  }

  leave(watching: Watching): void {
    watching.watcher.membership!.leave();
    this.check(watching);
    this.watchings.splice(this.watchings.indexOf(watching), 1);
  }

  check(watching: Watching): void {
    const { seen } = watching.watcher;
    for (; watching.read < seen.length; watching.read += 1) {
      const name = seen[watching.read]!;
      if (name === 'refused SUBSCRIPTION_SCHEMA_RELOAD') expect(watching.key).not.toBe(this.topic.key);
      if (name === 'refused SUBSCRIPTION_SCHEMA_RELOAD' || name === 'SUBSCRIPTION_LAGGED') {
        this.watchings.splice(this.watchings.indexOf(watching), 1);
        return;
      }
      const number = Number(name.replace('b', ''));
      // Who comes without a cursor is told where it starts.
      if (watching.position === null) expect(name).toBe(`b${number}`);
      else expect(name).toBe(name.startsWith('b') ? `b${watching.position}` : String(watching.position + 1));
      watching.position = number;
    }
  }

  async finish(): Promise<void> {
    this.upstream.release();
    this.planAnew();
    for (let round = 0; round < 8; round += 1) {
      await everythingSettled();
      await jest.advanceTimersByTimeAsync(6_000);
      for (const { watcher } of this.watchings) watcher.wake();
      for (const asked of this.#open) {
        while (!asked.isStopped && this.queues.get(asked)!.length > 0) {
          this.deliver(asked, 100);
          await everythingSettled();
        }
      }
    }
    await this.execute({ do: 'publish', count: 1 });
    for (const asked of this.#open) this.deliver(asked, Infinity);
    await everythingSettled();
    for (const watching of this.watchings.slice()) this.check(watching);
    expect(this.watchings.map(({ position }) => position)).toEqual(this.watchings.map(() => this.end));
    // Whoever has come to the end is in one room, which is of now.
    expect(this.#open.length).toBeLessThanOrEqual(1);
    for (const { request } of this.#open) expect(request.query).toBe(this.topic.request.query);
    for (const { key } of this.watchings) expect(key).toBe(this.topic.key);
    expect(this.faults).toEqual([]);
    for (const watching of this.watchings.slice()) this.leave(watching);
    await jest.advanceTimersByTimeAsync(10_000);
    await everythingSettled();
    expect(this.#open).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  }
}

test('each watcher sees what came after its cursor, in order and once, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { minLength: 3, maxLength: 40 }), async (list) => {
      const run = new Run();
      for (const command of list) await run.execute(command);
      await run.finish();
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 300) },
  );
}, 60_000);
