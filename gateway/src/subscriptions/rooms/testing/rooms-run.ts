import { expect, jest } from '@jest/globals';
import type { RoomTopic } from '../room-topic.js';
import { Rooms } from '../rooms.js';
import { LoggedSubgraph } from './logged-subgraph.js';
import type { Command, Reload } from './room-commands.js';
import { everythingSettled } from './scripted-watcher.js';
import { Watching } from './watching.js';

/** The rooms of an operation before a subgraph, and watchers who must see each number of its log once. */
export class RoomsRun {
  readonly rooms = new Rooms();
  readonly subgraph = new LoggedSubgraph();
  /** What the operation is about now, and what became of rooms of before under their keys. */
  topic = this.topicOf(1, 'key', 'query');
  readonly ended = new Map<string, Reload>();
  /** Rooms that cannot plan anew yet. */
  late: (() => void)[] | null = null;
  readonly faults: unknown[] = [];
  readonly watchings: Watching[] = [];

  topicOf(version: number, key: string, query: string): RoomTopic {
    const topic = this.subgraph.upstream.topic({ bookmarks: true, retryWindowMs: Infinity });
    return {
      ...topic,
      version,
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
    const { key, version, request } = this.topic;
    const next = version + 1;
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

  async execute(command: Command): Promise<void> {
    const one = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
    switch (command.do) {
      case 'publish':
        this.subgraph.publish(command.count);
        break;
      case 'deliver': {
        const asked = one(this.subgraph.open, command.who);
        if (asked) this.subgraph.deliver(asked, command.most);
        break;
      }
      case 'lose': {
        const asked = one(this.subgraph.open, command.who);
        if (asked) this.subgraph.lose(asked);
        break;
      }
      case 'join':
        this.join(command.back === null ? null : Math.max(0, this.subgraph.end - command.back));
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
      case 'pause':
        one(this.watchings, command.who)?.pause();
        break;
      case 'wake':
        one(this.watchings, command.who)?.wake();
        break;
      case 'hold':
        this.subgraph.upstream.hold();
        break;
      case 'release':
        this.subgraph.upstream.release();
        this.planAnew();
        break;
      case 'reload':
        this.reload(command.kind, command.isLate);
        break;
      case 'wait':
        await jest.advanceTimersByTimeAsync(command.ms);
    }
    await everythingSettled();
    // What is asked for now is owed what comes from now on.
    void this.subgraph.open;
    for (const watching of this.watchings.slice()) this.check(watching);
    expect(this.rooms.watchers().all).toBe(this.watchings.length);
  }

  join(position: number | null): void {
    const watching = new Watching(this.topic.key, position, this.subgraph.end);
    const after = position === null ? null : String(position);
    watching.watcher.membership = this.rooms.join(this.topic, after, watching.watcher);
    this.watchings.push(watching);
  }

  leave(watching: Watching): void {
    watching.watcher.membership!.leave();
    this.check(watching);
    this.watchings.splice(this.watchings.indexOf(watching), 1);
  }

  check(watching: Watching): void {
    const { seen } = watching.watcher;
    const isRetired = watching.key !== this.topic.key;
    for (; watching.read < seen.length; watching.read += 1) {
      const name = seen[watching.read]!;
      if (name === 'refused SUBSCRIPTION_SCHEMA_RELOAD') expect(isRetired).toBe(true);
      if (name === 'SUBSCRIPTION_LAGGED')
        expect(isRetired || watching.mayHaveLagged(this.subgraph.end)).toBe(true);
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
    this.subgraph.upstream.release();
    this.planAnew();
    for (let round = 0; round < 8; round += 1) {
      await everythingSettled();
      for (const asked of this.subgraph.open) {
        while (this.subgraph.owes(asked)) {
          this.subgraph.deliver(asked, 100);
          await everythingSettled();
        }
      }
      // Who is slow now may still be so when the rooms have met.
      await jest.advanceTimersByTimeAsync(6_000);
      for (const watching of this.watchings) watching.wake();
    }
    await this.execute({ do: 'publish', count: 1 });
    for (const asked of this.subgraph.open) this.subgraph.deliver(asked, Infinity);
    await everythingSettled();
    for (const watching of this.watchings.slice()) this.check(watching);
    expect(this.watchings.map(({ position }) => position)).toEqual(
      this.watchings.map(() => this.subgraph.end),
    );
    // Whoever has come to the end is in one room, which is of now.
    expect(this.subgraph.open.length).toBeLessThanOrEqual(1);
    for (const { request } of this.subgraph.open) expect(request.query).toBe(this.topic.request.query);
    for (const { key } of this.watchings) expect(key).toBe(this.topic.key);
    expect(this.faults).toEqual([]);
    for (const watching of this.watchings.slice()) this.leave(watching);
    await jest.advanceTimersByTimeAsync(10_000);
    await everythingSettled();
    expect(this.subgraph.open).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  }
}
