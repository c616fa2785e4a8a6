import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@kit/service';
import { waitUntil } from '@supergraph/tools/wait-until';
import { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { EventLogHealth } from '../event-log-health.js';
import type { LoggedEvent } from '../logged-event.js';
import { LogReader } from '../reading/log-reader.js';
import { startNewEpoch } from '../tables/start-new-epoch.js';
import { moveBatch, trimBatch } from '../relay/relay-statements.js';
import { Relay } from '../relay/relay.js';
import { WakeUps } from '../relay/wake-ups.js';
import { Tail, TAIL_SETTINGS } from '../watching/tail.js';
import { APPLICATION, notesDataSource } from '../testing/notes-database.js';
import { record, withLog } from '../testing/with-log.js';
import { Consumer, type ConsumerOptions, type MissedEvents } from './consumer.js';
import { Consumers } from './consumers.js';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
const NAME = 'a consumer';

describe('a consumer', () => {
  const database = withLog();
  let lines: { level: number; msg: string; consumer?: string }[];
  const logger = createLogger('test', 'info', {
    write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  const consumers: Consumer[] = [];
  const opened: DataSource[] = [];
  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
  });
  const start = (options: Partial<ConsumerOptions>, dataSource = database.dataSource) => {
    const consumer = new Consumer(
      { name: NAME, kinds: ['note.added'], handle: async () => {}, ...options },
      dataSource,
      logger,
    );
    consumer.start();
    consumers.push(consumer);
    return consumer;
  };
  /** Records events and numbers them. */
  const publish = async (subjects: readonly string[], kind?: string) => {
    await record(database.dataSource, subjects, kind === undefined ? {} : { kind });
    const client = await database.connect();
    while ((await moveBatch(client, 1_000)) > 0);
    await client.end();
    for (const consumer of consumers) consumer.wake();
  };
  const position = async () => {
    const rows: { seq: string }[] = await database.dataSource.query('SELECT seq FROM event_log_consumers');
    return rows[0] && Number(rows[0].seq);
  };
  /** Writes each event to the log of a consumer, which is the table of notes, in its transaction. */
  const write: ConsumerOptions['handle'] = async (events, manager) => {
    for (const { seq, subjectId } of events) {
      await manager.query('INSERT INTO notes (id, text) VALUES ($1, $2)', [subjectId, `${seq}`]);
    }
  };
  const written = async () => {
    const rows: { id: string }[] = await database.dataSource.query('SELECT id FROM notes ORDER BY text::int');
    return rows.map(({ id }) => id);
  };

  test('processes the events of its kinds in order, from the oldest one that is kept', async () => {
    const [before, after] = [ids(250), ids(10)];
    await publish(before);
    await publish(ids(3), 'note.read');
    const handled: LoggedEvent[] = [];
    start({ handle: async (events) => void handled.push(...events) });
    await waitUntil(async () => (await position()) === 253);
    await publish(after);
    await waitUntil(async () => (await position()) === 263);
    expect(handled.map(({ subjectId }) => subjectId)).toEqual([...before, ...after]);
    expect(handled.map(({ seq }) => seq)).toEqual(handled.map(({ seq }) => seq).toSorted((a, b) => a - b));
  });

  test('processes as many events in a transaction as it wants', async () => {
    const subjects = ids(7_000);
    await publish(subjects);
    const batches: number[] = [];
    const handled: string[] = [];
    start({
      batch: 3_000,
      handle: async (events) => {
        batches.push(events.length);
        handled.push(...events.map(({ subjectId }) => subjectId));
      },
    });
    await waitUntil(async () => (await position()) === 7_000);
    expect(batches).toEqual([3_000, 3_000, 1_000]);
    expect(handled).toEqual(subjects);
  });

  test('returns to its batch size after a failure', async () => {
    await publish(ids(500));
    const batches: number[] = [];
    start({
      batch: 200,
      handle: async (events) => {
        batches.push(events.length);
        if (batches.length === 1) throw new Error('once');
      },
    });
    await waitUntil(async () => (await position()) === 500);
    expect(batches).toEqual([200, 1, 2, 4, 8, 16, 32, 64, 128, 200, 45]);
  });

  test.each([0, 5_001, 1.5])('cannot process %d events in a transaction', (batch) => {
    const options = { name: NAME, kinds: [], handle: async () => {}, batch };
    expect(() => new Consumer(options, database.dataSource, logger)).toThrow('between 1 and 5000 events');
  });

  test('starts at the end of the log if it wants new events only', async () => {
    await publish(ids(3));
    start({ from: 'newest', handle: write });
    await waitUntil(async () => (await position()) === 3);
    const later = ids(2);
    await publish(later);
    await waitUntil(async () => (await position()) === 5);
    expect(await written()).toEqual(later);
  });

  test('continues where an earlier process of the same name stopped', async () => {
    const [early, late] = [ids(2), ids(2)];
    await publish(early);
    const first = start({ handle: write });
    await waitUntil(async () => (await position()) === 2);
    await first.stop();
    await publish(late);
    start({ handle: write, from: 'newest' });
    await waitUntil(async () => (await position()) === 4);
    expect(await written()).toEqual([...early, ...late]);
  });

  test('advances only with what it writes, and retries events that fail', async () => {
    const subjects = ids(5);
    let fails = true;
    await publish(subjects);
    start({
      handle: async (events, manager) => {
        await write(events, manager);
        if (fails) throw new Error('after writing');
      },
    });
    await waitUntil(() => lines.filter(({ msg }) => msg.includes('retrying')).length === 2);
    expect([await position(), await written()]).toEqual([0, []]);
    expect(lines[0]).toMatchObject({ level: 50, consumer: NAME, err: { message: 'after writing' } });
    fails = false;
    await waitUntil(async () => (await position()) === 5);
    expect(await written()).toEqual(subjects);
  });

  test('processes the events before one that fails', async () => {
    const subjects = ids(20);
    const poison = subjects[12]!;
    await publish(subjects);
    start({
      handle: async (events, manager) => {
        await write(events, manager);
        if (events.some(({ subjectId }) => subjectId === poison)) throw new Error('not this one');
      },
    });
    await waitUntil(async () => (await position()) === 12);
    expect(await written()).toEqual(subjects.slice(0, 12));
  });

  test('works in one process at a time, and in the other one when the first loses its connection', async () => {
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) =>
        notesDataSource(`${database.url}?application_name=${name}`).initialize(),
      ),
    );
    opened.push(first!, second!);
    const subjects = ids(10);
    await publish(subjects);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHolding = false;
    let reached = 0;
    start(
      {
        handle: async (events, manager) => {
          await write(events, manager);
          isHolding = true;
          await held;
        },
      },
      first,
    );
    await waitUntil(() => isHolding);
    const other = start(
      {
        handle: async (events, manager) => {
          reached += events.length;
          await write(events, manager);
        },
      },
      second,
    );
    const attempts = async () => {
      const [{ count }] = await database.dataSource.query(
        `SELECT count(*)::int FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle' AND query = 'COMMIT'`,
      );
      return count as number;
    };
    other.wake();
    await waitUntil(async () => (await attempts()) > 0);
    expect(reached).toBe(0);

    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    other.wake();
    await waitUntil(() => reached === 10);
    release();
    await waitUntil(async () => (await position()) === 10);
    expect(await written()).toEqual(subjects);
  });

  test('reports events that were deleted before it processed them, and continues after them', async () => {
    await publish(ids(2));
    const first = start({ handle: write });
    await waitUntil(async () => (await position()) === 2);
    await first.stop();
    const [missed, kept] = [ids(3), ids(2)];
    await publish(missed);
    await database.dataSource.query("UPDATE event_log SET occurred_at = now() - interval '2 hours'");
    await trimBatch(await database.connect(), 1, 100);
    await publish(kept);
    const reported: MissedEvents[] = [];
    const handled: string[] = [];
    start({
      handle: async (events) => void handled.push(...events.map(({ subjectId }) => subjectId)),
      onMissed: async (range) => void reported.push(range),
    });
    await waitUntil(async () => (await position()) === 7);
    expect([reported, handled]).toEqual([[{ first: 3, last: 5 }], kept]);
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([
      { consumer: NAME, first: 3, last: 5, msg: expect.stringContaining('missed events') },
    ]);
  });

  test('processes all events in a new epoch', async () => {
    const subjects = ids(4);
    await publish(subjects.slice(0, 2));
    const first = start({ handle: write });
    await waitUntil(async () => (await position()) === 2);
    await first.stop();
    await publish(subjects.slice(2, 3));
    await startNewEpoch(database.dataSource);
    await publish(subjects.slice(3));
    start({ handle: write });
    await waitUntil(async () => (await position()) === 4);
    expect(await written()).toEqual(subjects);
  });

  test('reports its lag after its next events were deleted', async () => {
    const wakeUps = new WakeUps({ url: database.url, application: APPLICATION }, logger);
    const all = new Consumers(database.dataSource, wakeUps, logger);
    all.add({ name: NAME, kinds: ['note.added'], handle: async () => {} });
    await database.dataSource.query(
      "INSERT INTO event_log_consumers (name, seq, updated_at) VALUES ($1, 0, now() - interval '3 hours')",
      [NAME],
    );
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    await record(database.dataSource, ids(2), { occurredAt: ago(2) });
    await record(database.dataSource, ids(1), { occurredAt: ago(0.5) });
    const client = await database.connect();
    await moveBatch(client, 100);
    const lagHours = async () => (await all.lag())[0]!.lagMs / 3_600_000;
    expect(await lagHours()).toBeCloseTo(2, 1);
    await trimBatch(client, 1, 100);
    expect(await lagHours()).toBeCloseTo(0.5, 1);
    await database.dataSource.query("UPDATE event_log SET occurred_at = now() - interval '2 hours'");
    await trimBatch(client, 1, 100);
    expect(await lagHours()).toBeCloseTo(3, 1);
  });

  test('reports its lag', async () => {
    const wakeUps = new WakeUps({ url: database.url, application: APPLICATION }, logger);
    const all = new Consumers(database.dataSource, wakeUps, logger);
    let fails = true;
    const handle = async () => {
      if (fails) throw new Error('not yet');
    };
    all.add({ name: NAME, kinds: ['note.added'], handle });
    expect(() => all.add({ name: NAME, kinds: [], handle })).toThrow('two consumers have the name');
    all.start();
    try {
      await waitUntil(async () => (await position()) === 0);
      await record(database.dataSource, ids(3), { occurredAt: new Date(Date.now() - 90_000) });
      const client = await database.connect();
      await moveBatch(client, 100);
      expect(await all.lag()).toEqual([{ name: NAME, events: 3, lagMs: expect.any(Number) }]);
      expect((await all.lag())[0]!.lagMs).toBeGreaterThanOrEqual(90_000);
      const log = new LogReader(database.dataSource);
      const tail = new Tail(log, wakeUps, logger, TAIL_SETTINGS);
      const address = { url: database.url, application: APPLICATION };
      const relay = new Relay({ database: address, retentionHours: 1, lockKey: '2' }, () => {}, logger);
      const health = new EventLogHealth(log, relay, tail, all, logger);
      const metrics = new Registry();
      health.addMetrics(metrics);
      expect(await metrics.metrics()).toContain(`event_log_consumer_lag_events{consumer="${NAME}"} 3`);
      expect(await health.now()).toMatchObject({ consumers: [{ name: NAME, events: 3 }] });
      fails = false;
      await waitUntil(async () => (await all.lag())[0]?.events === 0);
      expect(await all.lag()).toEqual([{ name: NAME, events: 0, lagMs: 0 }]);
    } finally {
      await all.stop();
    }
  });
});
