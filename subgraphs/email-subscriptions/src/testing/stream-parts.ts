import { createLogger, CursorCodec } from '@kit/service';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { EventLog } from '../event-log/event-log.js';
import { moveBatch, trimBatch } from '../event-log/relay-statements.js';
import { WakeUps } from '../event-log/wake-ups.js';

import { Additions } from '../subscribers/stream/additions.js';
import { StreamCursors } from '../subscribers/stream/stream-cursor.js';
import { SubscriberStream } from '../subscribers/stream/subscriber-stream.js';
import { Tail } from '../subscribers/stream/tail.js';
import { SubscriberDirectory } from '../subscribers/subscriber-directory.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';

const NEVER_MS = 2 ** 31 - 1;
const logger = createLogger('test', 'silent');

/** The stream with a relay that a test drives by hand, so that nothing happens by itself. */
export interface StreamParts {
  readonly tail: Tail;
  readonly additions: Additions;
  readonly cursors: StreamCursors;
  readonly stream: SubscriberStream;
  /** Numbers all committed events. */
  readonly number: () => Promise<void>;
  /** Deletes the events up to and including a number. */
  readonly trim: (through: number) => Promise<void>;
}

export function streamParts(
  dataSource: DataSource,
  client: Client,
  window: { readonly events: number; readonly ageMs: number; readonly pollMs?: number },
): StreamParts {
  const repository = dataSource.getRepository(SubscriberEntity);
  const cursors = new StreamCursors(new CursorCodec('a secret that is long enough for a test'));
  const log = new EventLog(dataSource);
  const additions = new Additions(log, new SubscriberDirectory(repository), cursors, repository);
  const tail = new Tail(additions, new WakeUps({ url: '', application: '' }, logger), logger, {
    pollMs: NEVER_MS,
    ...window,
  });
  return {
    tail,
    additions,
    cursors,
    stream: new SubscriberStream(log, tail, additions, cursors, dataSource, logger),
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
