import { randomUUID } from 'node:crypto';
import { createLogger } from '@kit/service';
import { afterEach, describe, expect, test } from '@jest/globals';
import { APPLICATION } from '../testing/notes-database.js';
import { loggedSubjects, record, withLog } from '../testing/with-log.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { LogReader } from '../reading/log-reader.js';
import { Relay } from './relay.js';
import { startNewEpoch } from '../tables/start-new-epoch.js';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
const numbered = (subjects: readonly string[], first = 1) =>
  subjects.map((subject, index) => [first + index, subject]);

describe('the relay', () => {
  const database = withLog();
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const relays: Relay[] = [];
  let published = 0;
  const start = (retentionHours = 168): Relay => {
    const relay = new Relay(
      {
        database: { url: database.url, application: APPLICATION },
        retentionHours,
        lockKey: '2',
      },
      () => (published += 1),
      logger,
    );
    relay.start();
    relays.push(relay);
    return relay;
  };
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });
  const outboxIsEmpty = async () => {
    const rows: unknown[] = await database.dataSource.query('SELECT FROM outbox LIMIT 1');
    return rows.length === 0;
  };
  const lostSessions = () => lines.filter((line) => line.includes('the session for relay broke'));
  /** Waits until a second relay has failed to take the lock. */
  const secondRelayWaits = () =>
    waitUntil(async () => {
      const waiting: unknown[] = await database.dataSource.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = '${APPLICATION} relay'
           AND state = 'idle' AND query LIKE '%pg_try_advisory_lock%'`,
      );
      return waiting.length > 0;
    });
  const endSessionOf = (purpose: string) =>
    database.dataSource.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = $1`,
      [`${APPLICATION} ${purpose}`],
    );

  test('numbers committed events in order and without gaps, and publishes each batch', async () => {
    const subjects = ids(12_000);
    await record(database.dataSource, subjects);
    published = 0;
    start();
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
    expect(await new LogReader(database.dataSource).state()).toMatchObject({
      lastSeq: 12_000,
      trimmedSeq: 0,
    });
    await waitUntil(() => published === 3);
  });

  test('numbers both events if the first one is committed last', async () => {
    const [early, late] = ids(2) as [string, string];
    const slow = await database.connect();
    await slow.query('BEGIN');
    await record(slow, [early]);
    await record(database.dataSource, [late]);
    start();
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual([[1, late]]);
    await slow.query('COMMIT');
    await waitUntil(async () => (await loggedSubjects(database.dataSource)).length === 2);
    expect(await loggedSubjects(database.dataSource)).toEqual([
      [1, late],
      [2, early],
    ]);
  });

  test('does not wait for open transactions, and does not number rolled back events', async () => {
    const open = await database.connect();
    await open.query('BEGIN');
    await record(open, ids(1));
    const relay = start();
    const subjects: string[] = [];
    for (let round = 1; round <= 5; round += 1) {
      const [subject] = ids(1) as [string];
      subjects.push(subject);
      await record(database.dataSource, [subject]);
      relay.wake();
      await waitUntil(async () => (await loggedSubjects(database.dataSource)).length === round);
    }
    await open.query('ROLLBACK');
    const [last] = ids(1) as [string];
    await record(database.dataSource, [last]);
    relay.wake();
    await waitUntil(async () => (await loggedSubjects(database.dataSource)).length === 6);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered([...subjects, last]));
  });

  test('moves a whole batch or none if the connection breaks', async () => {
    const subjects = ids(100);
    const blocking = await database.connect();
    await blocking.query('BEGIN');
    await blocking.query('LOCK TABLE event_log IN EXCLUSIVE MODE');
    await record(database.dataSource, subjects);
    start();
    await waitUntil(async () => {
      const waiting: unknown[] = await database.dataSource.query(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'event_log'::regclass",
      );
      return waiting.length > 0;
    });
    await endSessionOf('relay');
    const left: { count: number }[] = await database.dataSource.query(
      'SELECT count(*)::int AS count FROM outbox',
    );
    expect(left).toEqual([{ count: 100 }]);
    await blocking.query('COMMIT');
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
  });

  test('works in one process at a time, and in another one after a stop', async () => {
    const first = start();
    await waitUntil(() => first.isHere);
    const second = start();
    await secondRelayWaits();
    const subjects = ids(3);
    await record(database.dataSource, subjects.slice(0, 1));
    expect(second.wake()).toBe(false);
    expect(first.wake()).toBe(true);
    await waitUntil(outboxIsEmpty);
    expect(second.isHere).toBe(false);

    await first.stop();
    await waitUntil(() => second.isHere);
    expect(first.isHere).toBe(false);
    await record(database.dataSource, subjects.slice(1));
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
  });

  test('is replaced when its session breaks, and logs this once', async () => {
    const first = start();
    await waitUntil(() => first.isHere);
    const second = start();
    await secondRelayWaits();
    lines.length = 0;
    const holder = await database.connect();
    await endSessionOf('relay');
    await waitUntil(() => lostSessions().length === 2);
    await waitUntil(() => first.isHere !== second.isHere);
    const subjects = ids(1);
    await record(holder, subjects);
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
    expect(lostSessions()).toHaveLength(2);
  });

  test('numbers all committed events before it stops', async () => {
    const relay = start();
    await waitUntil(() => relay.isHere);
    const subjects = ids(1);
    await record(database.dataSource, subjects);
    await relay.stop();
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
  });

  test('keeps working in new epochs', async () => {
    const relay = start();
    await waitUntil(() => relay.isHere);
    for (let round = 0; round < 50; round += 1) {
      await record(database.dataSource, ids(10));
      relay.wake();
      await startNewEpoch(database.dataSource);
    }
    await waitUntil(outboxIsEmpty);
    expect(relay.isHere).toBe(true);
    expect(await new LogReader(database.dataSource).state()).toMatchObject({ lastSeq: 500 });
  });

  test('polls the outbox', async () => {
    const relay = start();
    await waitUntil(() => relay.isHere);
    await record(database.dataSource, ids(1));
    await waitUntil(outboxIsEmpty);
  });

  test('deletes events after the retention time, oldest first and in batches', async () => {
    const old = ids(4_500);
    const young = ids(10);
    const oldAgain = ids(1);
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await record(database.dataSource, old, { occurredAt: longAgo });
    await record(database.dataSource, young);
    await record(database.dataSource, oldAgain, { occurredAt: longAgo });
    start(24);
    const log = new LogReader(database.dataSource);
    await waitUntil(async () => (await log.state()).trimmedSeq === 4_500);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered([...young, ...oldAgain], 4_501));
    expect(await log.state()).toMatchObject({ lastSeq: 4_511, trimmedSeq: 4_500 });
    expect(lines.filter((line) => line.includes('old events trimmed'))).toHaveLength(3);
  });

  test('continues with the next number when all events were deleted', async () => {
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await record(database.dataSource, ids(3), { occurredAt: longAgo });
    const first = start(24);
    const log = new LogReader(database.dataSource);
    await waitUntil(async () => (await log.state()).trimmedSeq === 3);
    await first.stop();
    start();
    const subjects = ids(1);
    await record(database.dataSource, subjects);
    await waitUntil(outboxIsEmpty);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects, 4));
  });
});
