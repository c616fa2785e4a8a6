import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { CursorExpired } from '../reading/log-cursors.js';
import { startNewEpoch } from '../tables/start-new-epoch.js';
import { commands, REJECTED_WHILE_BEHIND, type Command, type Kind } from '../testing/stream-commands.js';
import { NoteEntity } from '../testing/note.entity.js';
import { idsOf, notes, store } from '../testing/notes.js';
import { streamParts, type StreamParts } from '../testing/stream-parts.js';
import { emptyLog, record, withLog } from '../testing/with-log.js';
import type { WatchOptions } from './event-stream.js';
import type { Watch } from './watch.js';
import type { WatchedEvent } from './watched-event.js';

const WINDOW = { events: 40 };

interface Logged {
  readonly id: string;
  readonly kind: Kind;
}

/** The expected state of the log. */
class Model {
  /** By number, from 1. Numbers continue in the next epoch. */
  readonly log: Logged[] = [];
  pending: Logged[] = [];
  trimmed = 0;
  epoch = 0;
  /** The position of the tail, which reads the log only on `wake`. */
  tail = { epoch: 0, seq: 0 };
}

/** A watcher of the system under test, and its expected state. */
interface Watching {
  readonly wants: 'a' | 'b' | null;
  readonly bookmarks: boolean;
  readonly isSql: boolean;
  watch: Watch<NoteEntity>;
  epoch: number;
  seq: number;
  /** The last received cursor and its position. */
  cursor: { readonly text: string; readonly epoch: number; readonly seq: number } | null;
  opening: boolean;
  replaying: boolean;
}

describe('missed and new events', () => {
  const database = withLog();

  test('reach each watcher once and in order, whatever is published, read, resumed and deleted', async () => {
    const relay = await database.connect();
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 5, maxLength: 40 }), async (list) => {
        await emptyLog(database.dataSource);
        const run = new Run(database.dataSource, streamParts(database.dataSource, relay, WINDOW));
        try {
          await run.start();
          for (const command of list) await run.execute(command);
          await run.finish();
        } finally {
          await run.close();
        }
      }),
      { numRuns: 60, examples: [[REJECTED_WHILE_BEHIND]] },
    );
  }, 120_000);
});

/** Applies commands to the stream and to the model, and compares the events of watchers. */
class Run {
  private readonly model = new Model();
  private readonly watchings: Watching[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly parts: StreamParts,
  ) {}

  start(): Promise<void> {
    return this.parts.tail.start();
  }

  /** Numbers all events, and lets every watcher read them. */
  async finish(): Promise<void> {
    await this.execute({ do: 'number' });
    await this.execute({ do: 'wake' });
    for (const watching of this.watchings.slice()) await this.read(watching, Infinity);
  }

  async close(): Promise<void> {
    await Promise.all(this.watchings.map(({ watch }) => watch.return()));
    expect(this.parts.tail.watchers).toBe(0);
    await this.parts.tail.stop();
  }

  async execute(command: Command): Promise<void> {
    const { model, parts } = this;
    switch (command.do) {
      case 'publish':
        return this.publish(command.kind, command.count);
      case 'number':
        await parts.number();
        model.log.push(...model.pending.splice(0));
        return;
      case 'wake':
        await parts.tail.wake();
        model.tail = { epoch: model.epoch, seq: model.log.length };
        return;
      case 'newEpoch':
        await startNewEpoch(this.dataSource);
        model.epoch += 1;
        model.trimmed = model.log.length;
        return;
      case 'trim': {
        const through = Math.floor(model.log.length * command.part);
        await parts.trim(through);
        model.trimmed = Math.max(model.trimmed, through);
        return;
      }
      case 'watch':
        return this.watch(command);
      case 'read':
        if (this.watchings.length > 0) await this.read(this.one(command.index), command.most);
        return;
      case 'resume':
        if (this.watchings.length > 0) await this.resume(this.one(command.index));
    }
  }

  private one(index: number): Watching {
    return this.watchings[index % this.watchings.length]!;
  }

  private async publish(kind: Kind, count: number): Promise<void> {
    const rows = notes(count, kind);
    const ids = idsOf(rows);
    if (kind !== 'deleted') await store(this.dataSource, rows);
    await record(this.dataSource, ids, kind === 'other' ? { kind: 'note.read' } : {});
    this.model.pending.push(...ids.map((id) => ({ id, kind })));
  }

  private async watch({ wants, bookmarks, isSql }: Command & { do: 'watch' }): Promise<void> {
    const watch = await this.parts.stream.watch({ ...this.filterOf({ wants, isSql }), bookmarks });
    const { epoch, seq } = this.model.tail;
    this.watchings.push({
      wants,
      bookmarks,
      isSql,
      watch,
      epoch,
      seq,
      cursor: null,
      opening: bookmarks,
      replaying: false,
    });
  }

  /** Ends the watch, and resumes after the last received cursor. */
  private async resume(watching: Watching): Promise<void> {
    const { model } = this;
    await watching.watch.return();
    const { cursor } = watching;
    const after = cursor?.text ?? null;
    // A cursor beyond the tail's position makes the tail read, unless the cursor's epoch is over.
    const isAhead = cursor && (cursor.epoch !== model.tail.epoch || cursor.seq > model.tail.seq);
    if (isAhead && cursor.epoch === model.epoch) {
      model.tail = { epoch: model.epoch, seq: model.log.length };
    }
    try {
      watching.watch = await this.parts.stream.watch({
        ...this.filterOf(watching),
        after,
        bookmarks: watching.bookmarks,
      });
    } catch (error) {
      expect(error).toBeInstanceOf(CursorExpired);
      this.expectExpired(cursor!);
      this.leave(watching);
      return;
    }
    const from = cursor ?? model.tail;
    expect(from.epoch).toBe(model.tail.epoch);
    Object.assign(watching, {
      epoch: from.epoch,
      seq: from.seq,
      opening: watching.bookmarks,
      replaying: watching.bookmarks && cursor !== null,
    });
  }

  /** Reads and compares the events that the model expects. */
  private async read(watching: Watching, most: number): Promise<void> {
    for (let count = 0; count < most; count += 1) {
      const expected = this.next(watching);
      if (expected === null) return;
      let result: IteratorResult<WatchedEvent<NoteEntity>>;
      try {
        result = await watching.watch.next();
      } catch (error) {
        expect(error).toBeInstanceOf(CursorExpired);
        this.expectExpired(watching);
        this.leave(watching);
        return;
      }
      expect(result.value?.subject?.id ?? null).toBe(expected.id);
      const cursor = (result.value as WatchedEvent<NoteEntity>).cursor;
      expect(this.parts.cursors.decode(cursor).seq).toBe(expected.seq);
      watching.seq = expected.seq;
      watching.cursor = { text: cursor, epoch: watching.epoch, seq: expected.seq };
    }
  }

  /** The expected next event, or bookmark (`id: null`); null if no event is expected yet. */
  private next(watching: Watching): { seq: number; id: string | null } | null {
    const { log, tail } = this.model;
    if (watching.opening) {
      watching.opening = false;
      return { seq: watching.seq, id: null };
    }
    // An error is expected, whatever else there is.
    if (watching.epoch !== tail.epoch) return { seq: -1, id: null };
    for (let seq = watching.seq + 1; seq <= tail.seq; seq += 1) {
      const { id, kind } = log[seq - 1]!;
      if (kind !== 'deleted' && kind !== 'other' && (watching.wants ?? kind) === kind) return { seq, id };
    }
    // The model also searches deleted events, where the watcher gets an error instead.
    if (watching.replaying) {
      watching.replaying = false;
      return { seq: tail.seq, id: null };
    }
    return null;
  }

  /** A position may only expire if events after it were deleted. */
  private expectExpired({ epoch, seq }: { epoch: number; seq: number }): void {
    const { model } = this;
    expect(epoch !== model.epoch || seq < model.trimmed).toBe(true);
  }

  private filterOf({ wants, isSql }: Pick<Watching, 'wants' | 'isSql'>): WatchOptions<NoteEntity> {
    if (wants === null) return {};
    const matching = () =>
      this.dataSource.getRepository(NoteEntity).createQueryBuilder('n').where('n.text = :wants', { wants });
    return { filter: ({ text }) => text === wants, ...(isSql && { matching }) };
  }

  private leave(watching: Watching): void {
    this.watchings.splice(this.watchings.indexOf(watching), 1);
  }
}
