import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { tokenFor } from '../../testing/callers.js';
import {
  createImport,
  IMPORT_FIELDS,
  importFile,
  IMPORTER,
  importState,
  type ImportState,
  upload,
} from '../../testing/imports.js';
import { runService, type RunningService } from '../../testing/running-service.js';

const rowsOf = (count: number, domain: string) =>
  `email,name\n${Array.from({ length: count }, (_, n) => `user${n}@${domain},User ${n}\n`).join('')}`;

const PROGRESS = `subscription ($id: ID!) { subscriberImportProgress(id: $id) { ${IMPORT_FIELDS} } }`;

describe('imports at two replicas', () => {
  let testDatabase: TestDatabase;
  let one: RunningService;
  let other: RunningService;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    one = await runService(testDatabase.url);
    other = await runService(testDatabase.url);
  });
  afterAll(async () => {
    await one?.close();
    await other?.close();
    await testDatabase?.drop();
  });
  const count = async (domain: string) => {
    const [{ count: found }] = await one.database.query<[{ count: number }]>(
      'SELECT count(*)::int FROM subscribers WHERE email LIKE $1',
      [`%@${domain}`],
    );
    return found;
  };

  test('add every row once', async () => {
    const files = ['a.example', 'b.example', 'c.example'];
    const done = await Promise.all(
      files.map((domain, n) => importFile(n % 2 === 0 ? one : other, rowsOf(15_000, domain))),
    );
    expect(done).toMatchObject(files.map(() => ({ status: 'FINISHED', rowsRead: 15_000, added: 15_000 })));
    expect(await Promise.all(files.map(count))).toEqual([15_000, 15_000, 15_000]);
  });

  test('show their progress at any replica, until they end', async () => {
    const { subscriberImport, uploadUrl } = await createImport(one);
    const socket = await other.connect();
    socket.subscribe('1', PROGRESS, tokenFor(IMPORTER), { id: subscriberImport!.id });
    const states: ImportState[] = [];
    const next = async () => {
      const { type, payload } = await socket.next();
      if (type !== 'next') return type;
      const { data } = payload as { data: { subscriberImportProgress: ImportState } };
      states.push(data.subscriberImportProgress);
      return null;
    };
    await next();
    expect(states).toMatchObject([{ status: 'WAITING_FOR_FILE', rowsRead: 0 }]);
    await upload(one, uploadUrl!, rowsOf(20_000, 'd.example'));
    let end: string | null = null;
    while (end === null) end = await next();
    expect(end).toBe('complete');
    expect(states.at(-1)).toMatchObject({ status: 'FINISHED', rowsRead: 20_000, added: 20_000 });
    expect(states.map(({ rowsRead }) => rowsRead)).toEqual(
      states.map(({ added, rejected }) => added + rejected),
    );
    socket.subscribe('2', PROGRESS, tokenFor(IMPORTER), { id: IMPORTER.viewer.userId });
    expect(await socket.next()).toMatchObject({
      payload: { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    });
    await socket.close();
  });

  test('stop between two batches when they are cancelled', async () => {
    const { subscriberImport, uploadUrl } = await createImport(one);
    const { id } = subscriberImport!;
    await upload(one, uploadUrl!, rowsOf(60_000, 'e.example'));
    await waitUntil(async () => (await importState(one, id)).added > 0);
    const { data } = await other.request<{ cancelSubscriberImport: { subscriberImport: ImportState } }>(
      `mutation ($id: ID!) { cancelSubscriberImport(input: { id: $id }) {
         subscriberImport { ${IMPORT_FIELDS} } userErrors { code } } }`,
      { variables: { id }, as: IMPORTER },
    );
    const cancelled = data!.cancelSubscriberImport.subscriberImport;
    expect(cancelled).toMatchObject({ status: 'CANCELLED', finishedAt: expect.any(String) });
    expect(cancelled.rowsRead).toBe(cancelled.added);
    expect(cancelled.added).toBeLessThan(60_000);
    expect(await count('e.example')).toBe(cancelled.added);
    await importFile(one, 'email\nlast@e.example\n');
    expect(await importState(one, id)).toMatchObject(cancelled);
    expect(await count('e.example')).toBe(cancelled.added + 1);
  });

  test('keep what was imported before a fault of the file', async () => {
    const rows = rowsOf(25_000, 'f.example');
    const failed = await importFile(one, `${rows}"last@f.example,\n`);
    const { added } = failed;
    expect(failed).toMatchObject({
      status: 'FAILED',
      rowsRead: added,
      problem:
        'The row that begins after line 25001 has a quotation mark that is not closed. What was imported before stays.',
    });
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThan(25_000);
    expect(await count('f.example')).toBe(added);
    expect(await importFile(one, rows)).toMatchObject({ added: 25_000 - added, unchanged: added });
  });

  test('know the first row of an address when another replica goes on', async () => {
    const { subscriberImport, uploadUrl } = await createImport(one, { onExisting: 'UPDATE' });
    const { id } = subscriberImport!;
    const again = Array.from({ length: 5_000 }, (_, n) => `USER${n}@g.example,Again\n`).join('');
    await upload(one, uploadUrl!, `${rowsOf(30_000, 'g.example')}${again}bad,\n`);
    await waitUntil(async () => (await importState(one, id)).added > 0);
    const bytes = [(await importState(one, id)).bytesRead];
    const takeOver = 'UPDATE subscriber_imports SET attempt = attempt + 1, leased_until = NULL WHERE id = $1';
    await one.database.query(takeOver, [id]);
    await waitUntil(async () => {
      const { bytesRead, finishedAt } = await importState(one, id);
      bytes.push(bytesRead);
      return finishedAt !== null;
    });
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(await importState(one, id)).toMatchObject({
      status: 'FINISHED',
      rowsRead: 35_001,
      added: 30_000,
      updated: 0,
      unchanged: 5_000,
      rejected: 1,
    });
    expect(await count('g.example')).toBe(30_000);
  });

  test('are deleted after 30 days, and after a day without a file', async () => {
    const ended = async (days: number) => {
      const { id } = await importFile(one, 'email\nbad\n');
      const finishedAt = 'finished_at = now() - make_interval(days => $2)';
      await one.database.query(`UPDATE subscriber_imports SET ${finishedAt} WHERE id = $1`, [id, days]);
      return id;
    };
    /** An import without a file, which was created and perhaps sent a part of one so many hours ago. */
    const waiting = async (created: number, seen: number | null) => {
      const { id } = (await createImport(one)).subscriberImport!;
      await one.database.query(
        `UPDATE subscriber_imports SET created_at = now() - make_interval(hours => $2),
           upload_seen_at = now() - make_interval(hours => $3) WHERE id = $1`,
        [id, created, seen],
      );
      return id;
    };
    const old = [await ended(31), await waiting(25, null), await waiting(25, 2)];
    const young = [await ended(29), await waiting(23, null), await waiting(25, 0)];
    const restarted = await runService(testDatabase.url);
    await waitUntil(async () => (await importState(one, old[0]!)) === null);
    await restarted.close();
    const left = await one.database.query<{ id: string }[]>(
      'SELECT id FROM subscriber_imports WHERE id = ANY ($1) ORDER BY id',
      [[...old, ...young]],
    );
    expect(left.map(({ id }) => id)).toEqual(young.toSorted());
    const rejected = 'SELECT DISTINCT import_id AS id FROM import_rejected_rows WHERE import_id = ANY ($1)';
    expect(await one.database.query(rejected, [[...old, ...young]])).toEqual([{ id: young[0] }]);
  });
});
