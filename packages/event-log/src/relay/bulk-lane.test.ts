import { randomUUID } from 'node:crypto';
import { createLogger } from '@kit/service';
import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { LogReader } from '../reading/log-reader.js';
import { APPLICATION } from '../testing/notes-database.js';
import { loggedSubjects, record, recordBulk, withLog } from '../testing/with-log.js';
import { BULK_EVENTS_PER_SECOND } from './bulk-lane.js';
import { moveBulkBatch } from './relay-statements.js';
import { Relay } from './relay.js';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
const numbered = (subjects: readonly string[], first = 1) =>
  subjects.map((subject, index) => [first + index, subject]);
/** A batch that the relay may have been numbering when a live event was committed. */
const BATCH = 100;

describe('bulk events', () => {
  const database = withLog();
  const logger = createLogger('test', 'silent');
  const relays: Relay[] = [];
  let published = 0;
  const start = () => {
    const address = { url: database.url, application: APPLICATION };
    const relay = new Relay(
      { database: address, retentionHours: 168, lockKey: '2' },
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
  const waiting = () => new LogReader(database.dataSource).waitingBulkEvents();
  const last = async () => (await new LogReader(database.dataSource).state()).lastSeq;
  const numberOf = async (subject: string) => {
    const rows: { seq: string }[] = await database.dataSource.query(
      'SELECT seq FROM event_log WHERE subject_id = $1',
      [subject],
    );
    return rows[0] && Number(rows[0].seq);
  };

  test('are numbered after live events that were committed later', async () => {
    const [bulk, live] = [ids(1_200), ids(5_010)];
    await recordBulk(database.dataSource, bulk);
    await record(database.dataSource, live);
    published = 0;
    start();
    await waitUntil(async () => (await waiting()) === 0);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered([...live, ...bulk]));
    await waitUntil(() => published === 2 + 12);
  });

  test('do not delay a live event while 20,000 of them wait', async () => {
    await recordBulk(database.dataSource, ids(20_000));
    const relay = start();
    await waitUntil(async () => (await last()) > 0);
    for (let round = 0; round < 5; round += 1) {
      const [live] = ids(1) as [string];
      await record(database.dataSource, [live]);
      const position = await last();
      expect(await waiting()).toBeGreaterThan(5_000);
      relay.wake();
      await waitUntil(async () => (await numberOf(live)) !== undefined);
      expect(await numberOf(live)).toBeLessThanOrEqual(position + BATCH + 1);
    }
    await waitUntil(async () => (await waiting()) === 0);
    const seqs = (await loggedSubjects(database.dataSource)).map(([seq]) => seq);
    expect(seqs).toEqual(Array.from({ length: 20_005 }, (_, index) => index + 1));
  });

  test('are numbered at a bounded rate, also while live events arrive', async () => {
    const count = 10_000;
    await recordBulk(database.dataSource, ids(count));
    const begun = performance.now();
    const relay = start();
    while ((await waiting()) > 0) {
      await record(database.dataSource, ids(1));
      relay.wake();
    }
    // The last batch is free, and those of a quarter of a second may have been due.
    const leastMs = ((count - BATCH) / BULK_EVENTS_PER_SECOND) * 1_000 - 250;
    expect(performance.now() - begun).toBeGreaterThan(leastMs);
  });

  test('wait for the next relay when the relay stops, which numbers the live events', async () => {
    const bulk = ids(20_000);
    await recordBulk(database.dataSource, bulk);
    const relay = start();
    await waitUntil(async () => (await last()) > 0);
    const [live] = ids(1) as [string];
    await record(database.dataSource, [live]);
    await relay.stop();
    const left = await waiting();
    expect(left).toBeGreaterThan(0);
    const logged = (await loggedSubjects(database.dataSource)).map(([, subject]) => subject);
    expect(logged).toHaveLength(bulk.length - left + 1);
    expect(logged).toContain(live);
    start();
    await waitUntil(async () => (await waiting()) === 0);
    const all = await loggedSubjects(database.dataSource);
    expect(all).toEqual(numbered(all.map(([, subject]) => subject)));
    expect(all.map(([, subject]) => subject).filter((subject) => subject !== live)).toEqual(bulk);
  });

  test('of small rows share a batch, up to its size, and a large row has its own', async () => {
    const subjects = ids(210);
    await recordBulk(database.dataSource, subjects, 30);
    await recordBulk(database.dataSource, subjects.slice(0, 1), 1);
    await recordBulk(database.dataSource, subjects, 210);
    const client = await database.connect();
    const moved: number[] = [];
    do moved.push(await moveBulkBatch(client, BATCH));
    while (moved.at(-1)! > 0);
    expect(moved).toEqual([90, 90, 31, 210, 0]);
    expect(await loggedSubjects(database.dataSource)).toEqual(
      numbered([...subjects, subjects[0]!, ...subjects]),
    );
  });

  test('of open and rolled back transactions are not numbered', async () => {
    const [open, undone] = [await database.connect(), await database.connect()];
    for (const client of [open, undone]) {
      await client.query('BEGIN');
      await recordBulk(client, ids(600));
    }
    await undone.query('ROLLBACK');
    const subjects = ids(3);
    await recordBulk(database.dataSource, subjects);
    start();
    await waitUntil(async () => (await waiting()) === 0);
    expect(await loggedSubjects(database.dataSource)).toEqual(numbered(subjects));
    await open.query('COMMIT');
    await waitUntil(async () => (await last()) === 603);
  });

  test.each([
    ['no subjects', []],
    ['more than 500 subjects', ids(501)],
    ['a null', [randomUUID(), null]],
  ])('cannot be recorded in a row with %s', async (_, subjectIds) => {
    const insert = database.dataSource.query(
      "INSERT INTO outbox_bulk (type, subject_ids, occurred_at) VALUES ('note.added', $1, now())",
      [subjectIds],
    );
    await expect(insert).rejects.toThrow('outbox_bulk_subject_ids_check');
  });
});
