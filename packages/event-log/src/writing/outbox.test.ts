import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LogReader } from '../reading/log-reader.js';
import { moveBatch } from '../relay/relay-statements.js';
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
