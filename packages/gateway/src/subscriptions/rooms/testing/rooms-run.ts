import { expect, jest } from '@jest/globals';
import type { RoomTopic } from '../room-topic.js';
import { Rooms } from '../rooms.js';
import { LoggedSubgraph } from './logged-subgraph.js';
import type { Command, Reload } from './room-commands.js';
import { everythingSettled } from './scripted-watcher.js';
import { TrackedWatcher } from './tracked-watcher.js';

/** Runs commands against the rooms of one subscription, and checks that watchers see each number of the log once. */
export class RoomsRun {
  readonly rooms = new Rooms();
  readonly subgraph = new LoggedSubgraph();
  /** The current topic, and how each earlier key was retired. */
  topic = this.topicOf(1, 'key', 'query');
  readonly ended = new Map<string, Reload>();
  /** Replans that wait until they are released. */
  heldReplans: (() => void)[] | null = null;
  readonly faults: unknown[] = [];
  readonly tracked: TrackedWatcher[] = [];

  topicOf(version: number, key: string, query: string): RoomTopic {
    const topic = this.subgraph.upstream.topic({ bookmarks: true, retryWindowMs: Infinity });
    return {
      ...topic,
      version,
      key,
      request: { ...topic.request, query },
      complete: (event) => {
        // A plan can complete only the events of its own upstream request.
        expect(event.data!['query']).toBe(query);
        return topic.complete(event);
      },
      replan: async () => {
        if (this.heldReplans) await new Promise<void>((resolve) => this.heldReplans!.push(resolve));
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
    if (isLate) this.heldReplans ??= [];
    void this.rooms.renew(next);
  }

  finishReplans(): void {
    const heldReplans = this.heldReplans ?? [];
    this.heldReplans = null;
    for (const resolve of heldReplans) resolve();
  }

  async execute(command: Command): Promise<void> {
    const one = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
    switch (command.do) {
      case 'publish':
        this.subgraph.publish(command.count);
        break;
      case 'deliver': {
        const asked = one(this.subgraph.open, command.index);
        if (asked) this.subgraph.deliver(asked, command.most);
        break;
      }
      case 'lose': {
        const asked = one(this.subgraph.open, command.index);
        if (asked) this.subgraph.lose(asked);
        break;
      }
      case 'join':
        this.join(command.back === null ? null : Math.max(0, this.subgraph.end - command.back));
        break;
      case 'return': {
        const gone = one(this.tracked, command.index);
        if (!gone || gone.position === null) break;
        this.leave(gone);
        this.join(gone.position);
        break;
      }
      case 'leave': {
        const gone = one(this.tracked, command.index);
        if (gone) this.leave(gone);
        break;
      }
      case 'pause':
        one(this.tracked, command.index)?.pause();
        break;
      case 'wake':
        one(this.tracked, command.index)?.wake();
        break;
      case 'hold':
        this.subgraph.upstream.hold();
        break;
      case 'release':
        this.subgraph.upstream.release();
        this.finishReplans();
        break;
      case 'reload':
        this.reload(command.kind, command.isLate);
        break;
      case 'wait':
        await jest.advanceTimersByTimeAsync(command.ms);
    }
    await everythingSettled();
    // Queues the log for new upstream subscriptions.
    void this.subgraph.open;
    for (const tracker of this.tracked.slice()) this.check(tracker);
    expect(this.rooms.watchers().all).toBe(this.tracked.length);
  }

  join(position: number | null): void {
    const tracker = new TrackedWatcher(this.topic.key, position, this.subgraph.end);
    const after = position === null ? null : String(position);
    tracker.watcher.membership = this.rooms.join(this.topic, after, tracker.watcher);
    this.tracked.push(tracker);
  }

  leave(tracker: TrackedWatcher): void {
    tracker.watcher.membership!.leave();
    this.check(tracker);
    this.tracked.splice(this.tracked.indexOf(tracker), 1);
  }

  check(tracker: TrackedWatcher): void {
    const { seen } = tracker.watcher;
    const isRetired = tracker.key !== this.topic.key;
    for (; tracker.read < seen.length; tracker.read += 1) {
      const name = seen[tracker.read]!;
      if (name === 'rejected SUBSCRIPTION_SCHEMA_RELOAD') expect(isRetired).toBe(true);
      if (name === 'SUBSCRIPTION_LAGGED')
        expect(isRetired || tracker.mayHaveLagged(this.subgraph.end)).toBe(true);
      if (name === 'rejected SUBSCRIPTION_SCHEMA_RELOAD' || name === 'SUBSCRIPTION_LAGGED') {
        this.tracked.splice(this.tracked.indexOf(tracker), 1);
        return;
      }
      const number = Number(name.replace('b', ''));
      // A watcher without a cursor first receives a bookmark.
      if (tracker.position === null) expect(name).toBe(`b${number}`);
      else expect(name).toBe(name.startsWith('b') ? `b${tracker.position}` : String(tracker.position + 1));
      tracker.position = number;
    }
  }

  async finish(): Promise<void> {
    this.subgraph.upstream.release();
    this.finishReplans();
    for (let round = 0; round < 8; round += 1) {
      await everythingSettled();
      for (const asked of this.subgraph.open) {
        while (this.subgraph.hasUndelivered(asked)) {
          this.subgraph.deliver(asked, 100);
          await everythingSettled();
        }
      }
      // A paused watcher may still be paused when the rooms have merged.
      await jest.advanceTimersByTimeAsync(6_000);
      for (const tracker of this.tracked) tracker.wake();
    }
    await this.execute({ do: 'publish', count: 1 });
    for (const asked of this.subgraph.open) this.subgraph.deliver(asked, Infinity);
    await everythingSettled();
    for (const tracker of this.tracked.slice()) this.check(tracker);
    expect(this.tracked.map(({ position }) => position)).toEqual(this.tracked.map(() => this.subgraph.end));
    // All watchers are in one room, which uses the current topic.
    expect(this.subgraph.open.length).toBeLessThanOrEqual(1);
    for (const { request } of this.subgraph.open) expect(request.query).toBe(this.topic.request.query);
    for (const { key } of this.tracked) expect(key).toBe(this.topic.key);
    expect(this.faults).toEqual([]);
    for (const tracker of this.tracked.slice()) this.leave(tracker);
    await jest.advanceTimersByTimeAsync(10_000);
    await everythingSettled();
    expect(this.subgraph.open).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  }
}
