import { createLogger, CursorCodec, Semaphore } from '@kit/service';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { LogCursors } from '../reading/log-cursors.js';
import { LogReader } from '../reading/log-reader.js';
import { moveBatch, trimBatch } from '../relay/relay-statements.js';
import { WakeUps } from '../relay/wake-ups.js';
import { EventStream } from '../watching/event-stream.js';
import { LoadedTail } from '../watching/loaded-tail.js';
import { OutageLog } from '../watching/outage-log.js';
import { Replays } from '../watching/replays.js';
import { StartPositions } from '../watching/start-positions.js';
import { Tail } from '../watching/tail.js';
import type { NoteEntity } from './note.entity.js';
import { loadNotes } from './notes.js';
import { ADDED, APPLICATION } from './notes-database.js';

const NEVER_MS = 2 ** 31 - 1;
const logger = createLogger('test', 'silent');

/** The stream with a relay that a test drives by hand, so that nothing happens by itself. */
export interface StreamParts {
  readonly tail: Tail;
  readonly loadedTail: LoadedTail<NoteEntity>;
  readonly replays: Replays;
  readonly cursors: LogCursors;
  readonly stream: EventStream<NoteEntity>;
  readonly streamOf: (kinds: readonly string[]) => EventStream<NoteEntity>;
  /** Numbers all committed events. */
  readonly number: () => Promise<void>;
  /** Deletes the events up to and including a number. */
  readonly trim: (through: number) => Promise<void>;
}

export function streamParts(
  dataSource: DataSource,
  client: Client,
  {
    events,
    ageMs = 60_000,
    pollMs = NEVER_MS,
  }: { readonly events: number; readonly ageMs?: number; readonly pollMs?: number },
): StreamParts {
  const cursors = new LogCursors(new CursorCodec('a secret that is long enough for a test'), 'a stream');
  const log = new LogReader(dataSource);
  const wakeUps = new WakeUps({ url: '', application: APPLICATION }, logger);
  const tail = new Tail(log, wakeUps, logger, { events, pollMs });
  const replays = new Replays(dataSource);
  const outage = new OutageLog(logger, 'missed events cannot be read');
  const load = loadNotes(dataSource);
  const streamOf = (kinds: readonly string[]) =>
    new EventStream(
      { kinds, load },
      {
        tail,
        replays,
        positions: new StartPositions(log, tail, replays, cursors, outage, logger),
        turns: new Semaphore(1),
        outage,
        cursors,
        logger,
      },
    );
  return {
    tail,
    loadedTail: new LoadedTail(tail, { kinds: new Set([ADDED]), load, cursors, ageMs }),
    replays,
    cursors,
    stream: streamOf([ADDED]),
    streamOf,
    async number() {
      while ((await moveBatch(client, 100)) > 0);
    },
    async trim(through) {
      await client.query("UPDATE event_log SET occurred_at = now() - interval '2 hours' WHERE seq <= $1", [
        through,
      ]);
      while ((await trimBatch(client, 1, 100)) > 0);
    },
  };
}
