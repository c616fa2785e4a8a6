import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LogReader } from '../reading/log-reader.js';
import { moveBatch, moveBulkBatch } from '../relay/relay-statements.js';
import { NoteEntity } from '../testing/note.entity.js';
import { idsOf, notes } from '../testing/notes.js';
import { ADDED } from '../testing/notes-database.js';
import { withLog } from '../testing/with-log.js';
import { CommitListener } from './commit-listener.js';
import { Outbox } from './outbox.js';

describe('the outbox', () => {
  const database = withLog();
  let wakes = 0;
  const commits = new CommitListener(() => (wakes += 1));
  const outbox = new Outbox(commits);
  beforeAll(() => commits.attachTo(database.dataSource));
  beforeEach(() => {
    wakes = 0;
  });
  const numbered = async () => {
    const client = await database.connect();
    while ((await moveBatch(client, 100)) > 0);
    return (await new LogReader(database.dataSource).read({ after: 0, limit: 100 })).events;
  };

  test('records an event of each subject, with its time and detail', async () => {
    const subjects = [randomUUID(), randomUUID()];
    const occurredAt = new Date('2026-11-28T12:00:00.123Z');
    const detail = { before: 'DRAFT', after: 'SENT', lists: ['a', 'b'] };
    await database.dataSource.transaction((manager) =>
      outbox.record(manager, { kind: ADDED, subjectId: subjects, occurredAt, detail }),
    );
    expect(await numbered()).toEqual(
      subjects.map((subjectId, index) => ({ seq: index + 1, kind: ADDED, subjectId, occurredAt, detail })),
    );
  });

  test('records an event of each inserted row in the same statement', async () => {
    const rows = notes(3);
    const ids = await database.dataSource.transaction((manager) => {
      const insert = manager.createQueryBuilder().insert().into(NoteEntity).values(rows).returning('id');
      return outbox.recordEach(manager, insert, { kind: ADDED, detail: { by: 'import' } });
    });
    expect(ids.toSorted()).toEqual(idsOf(rows).toSorted());
    const events = await numbered();
    expect(events.map(({ subjectId }) => subjectId).toSorted()).toEqual(ids.toSorted());
    expect(events[0]).toMatchObject({ kind: ADDED, detail: { by: 'import' } });
  });

  test('records an event of each updated row, and none if there is none', async () => {
    const rows = notes(3, 'old');
    await database.dataSource.getRepository(NoteEntity).insert(rows);
    const update = (from: string) =>
      database.dataSource.transaction((manager) => {
        const change = manager.createQueryBuilder().update(NoteEntity).set({ text: 'new' });
        return outbox.recordEach(manager, change.where({ text: from }).returning('id'), {
          kind: 'note.changed',
        });
      });
    expect((await update('old')).toSorted()).toEqual(idsOf(rows).toSorted());
    expect(wakes).toBe(1);
    expect(await update('old')).toEqual([]);
    expect(wakes).toBe(1);
    expect(await numbered()).toHaveLength(3);
  });

  test('records bulk events in rows of at most 100, in order, with their time and detail', async () => {
    const subjects = Array.from({ length: 301 }, () => randomUUID());
    const occurredAt = new Date('2026-11-28T12:00:00.123Z');
    const detail = { before: null, after: 'SENT' };
    await database.dataSource.transaction(async (manager) => {
      await outbox.recordBulk(manager, { kind: ADDED, subjectIds: subjects, occurredAt, detail });
      await outbox.recordBulk(manager, { kind: ADDED, subjectIds: [] });
    });
    const rows = await database.dataSource.query(
      'SELECT cardinality(subject_ids) AS events FROM outbox_bulk ORDER BY id',
    );
    expect(rows).toEqual([100, 100, 100, 1].map((events) => ({ events })));
    const client = await database.connect();
    while ((await moveBulkBatch(client, 500)) > 0);
    const { events } = await new LogReader(database.dataSource).read({ after: 0, limit: 2_000 });
    expect(events).toEqual(
      subjects.map((subjectId, index) => ({ seq: index + 1, kind: ADDED, subjectId, occurredAt, detail })),
    );
  });

  test('takes bulk events from the SQL statement of the README', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const statement = /```sql\n(.*?)```/s.exec(readme)![1]!;
    await database.dataSource.query(
      `CREATE TABLE stage AS SELECT gen_random_uuid() AS id, 'a note' AS text FROM generate_series(1, 301)`,
    );
    await database.dataSource.query(statement);
    const client = await database.connect();
    const moved: number[] = [];
    do moved.push(await moveBulkBatch(client, 100));
    while (moved.at(-1)! > 0);
    expect(moved).toEqual([100, 100, 100, 1, 0]);
    const { events } = await new LogReader(database.dataSource).read({ after: 0, limit: 2_000 });
    const stored = await database.dataSource.getRepository(NoteEntity).find({ order: { id: 'ASC' } });
    expect(events.map(({ subjectId }) => subjectId)).toEqual(idsOf(stored));
    expect(events[0]).toMatchObject({ kind: ADDED, detail: { status: 'OPEN' } });
  });

  test('wakes the relay after the commit of bulk events, and not for none', async () => {
    const bulk = (subjectIds: string[]) =>
      database.dataSource.transaction(async (manager) => {
        await outbox.recordBulk(manager, { kind: ADDED, subjectIds });
        expect(wakes).toBe(0);
      });
    await bulk([]);
    expect(wakes).toBe(0);
    await bulk([randomUUID()]);
    expect(wakes).toBe(1);
  });

  test('wakes the relay after the commit, once and not before', async () => {
    const event = { kind: ADDED, subjectId: randomUUID() };
    await database.dataSource.transaction(async (manager) => {
      await outbox.record(manager, event);
      await manager.transaction((inner) => outbox.record(inner, event));
      expect(wakes).toBe(0);
    });
    expect(wakes).toBe(1);
    await database.dataSource.transaction((manager) => manager.query('SELECT 1'));
    expect(wakes).toBe(1);
  });

  test('records nothing and wakes nobody when the transaction is rolled back', async () => {
    const rolledBack = database.dataSource.transaction(async (manager) => {
      await outbox.record(manager, { kind: ADDED, subjectId: randomUUID() });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect([wakes, await numbered()]).toEqual([0, []]);
  });

  test('wakes the relay at once outside a transaction', async () => {
    await outbox.record(database.dataSource.manager, { kind: ADDED, subjectId: randomUUID() });
    expect(wakes).toBe(1);
  });
});
