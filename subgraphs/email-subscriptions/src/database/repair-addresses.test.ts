import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import type { DataSource } from 'typeorm';
import { addSubscriber } from '../testing/additions.js';
import { EDITOR } from '../testing/callers.js';
import { runService } from '../testing/running-service.js';
import { database as definition } from './database.js';
import { runPendingMigrations } from '@kit/database';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';

const idOf = (number: number) => `019a0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const unclaimed = (number: number) => `unclaimed:${idOf(number)}`;

/** A subscriber that was stored by the rules before this migration. `day` is a day of January. */
interface Stored {
  readonly email: string;
  readonly normalized: string;
  readonly day?: number;
  readonly status?: string;
}

describe('the repair of addresses', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let stderr: string;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    database = await definition.dataSource(testDatabase.url).initialize();
  });
  beforeEach(async () => {
    await undo();
    await database.query('TRUNCATE subscribers CASCADE');
    stderr = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text.toString();
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await database?.destroy();
    await testDatabase?.drop();
  });

  /** Undoes this migration and later ones. */
  const undo = async () => {
    const applied: { name: string }[] = await database.query('SELECT name FROM migrations ORDER BY id DESC');
    const count = applied.findIndex(({ name }) => name === RepairAddresses1786000000000.name) + 1;
    for (let undone = 0; undone < count; undone += 1) await database.undoLastMigration();
  };
  const repair = () => runPendingMigrations(database);

  const store = (number: number, { email, normalized, day = 1, status = 'ACTIVE' }: Stored) =>
    database.query(
      `INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_by, added_at)
       VALUES ($1, $2, $3, $4, upper($2), $5, $1, $6)`,
      [idOf(number), email, normalized, `Name ${number}`, status, `2026-01-0${day}T10:20:30.123Z`],
    );
  const rows = () =>
    database.query<object[]>(
      `SELECT id, email, email_normalized, name, search_text, status, added_by, added_at
       FROM subscribers ORDER BY id`,
    );
  const forms = async () => {
    const stored = (await rows()) as { id: string; email_normalized: string }[];
    return Object.fromEntries(stored.map((row) => [Number(row.id.slice(-4)), row.email_normalized]));
  };
  const repairs = () =>
    database.query(
      'SELECT id, found, done, merged_into, removed_row, previous_normalized FROM address_repairs ORDER BY id',
    );

  test('does not change valid subscribers, and prints nothing without repairs', async () => {
    await store(1, { email: 'Ada@Example.com', normalized: 'ada@example.com' });
    await store(2, { email: '"a b"@example.com', normalized: '"a b"@example.com' });
    const before = await rows();
    await repair();
    expect(await rows()).toEqual(before);
    expect(await repairs()).toEqual([]);
    expect(stderr).toBe('');
  });

  test('removes the claim of an invalid address to the address of another subscriber, and keeps its data', async () => {
    await store(1, { email: 'real@example.com?src=web', normalized: 'real@example.com' });
    const [before] = await rows();
    await repair();
    expect(await rows()).toEqual([{ ...before, email_normalized: unclaimed(1) }]);
    expect(await repairs()).toEqual([
      {
        id: idOf(1),
        found: 'NOT_VALID',
        done: 'CLAIM_REMOVED',
        merged_into: null,
        removed_row: null,
        previous_normalized: 'real@example.com',
      },
    ]);
    expect(stderr.split('\n')).toEqual([
      `email-subscriptions: address repair: NOT_VALID, CLAIM_REMOVED: 1 (${idOf(1)})`,
      expect.stringContaining('docs/operating.md'),
      '',
    ]);
    expect(stderr).not.toContain('@');
  });

  test('rewrites a changed normal form, even to one that another row loses', async () => {
    await store(1, { email: 'ΑΝΑΣ@example.com', normalized: 'ανας@example.com' });
    await store(2, { email: 'real@example.com/x', normalized: 'real@example.com' });
    await store(3, { email: '"Real"@example.com', normalized: '"real"@example.com' });
    await repair();
    expect(await forms()).toEqual({ 1: 'ανασ@example.com', 2: unclaimed(2), 3: 'real@example.com' });
    expect(await repairs()).toMatchObject([
      { id: idOf(1), found: 'OTHER_FORM', done: 'REWRITTEN', previous_normalized: 'ανας@example.com' },
      { id: idOf(2), found: 'NOT_VALID', done: 'CLAIM_REMOVED' },
      { id: idOf(3), found: 'OTHER_FORM', done: 'REWRITTEN', previous_normalized: '"real"@example.com' },
    ]);
  });

  test('merges subscribers with the same address into the oldest one, and keeps the removed rows', async () => {
    await store(1, { email: 'ann@example.com', normalized: 'ann@example.com', day: 2 });
    await store(2, { email: '"Ann"@example.com', normalized: '"ann"@example.com', day: 1 });
    await store(3, { email: '"a\\nn"@example.com', normalized: '"a\\nn"@example.com', day: 3 });
    const [, oldest] = await rows();
    await repair();
    expect(await rows()).toEqual([{ ...oldest, email_normalized: 'ann@example.com' }]);
    expect(await repairs()).toMatchObject([
      {
        id: idOf(1),
        found: 'DUPLICATE',
        done: 'MERGED',
        merged_into: idOf(2),
        removed_row: { email: 'ann@example.com', name: 'Name 1', added_by: idOf(1), status: 'ACTIVE' },
      },
      { id: idOf(2), found: 'OTHER_FORM', done: 'REWRITTEN', merged_into: null },
      { id: idOf(3), done: 'MERGED', merged_into: idOf(2), removed_row: { name: 'Name 3' } },
    ]);
  });

  test.each([
    ['ACTIVE', ['UNSUBSCRIBED', 'COMPLAINED'], 'COMPLAINED'],
    ['PENDING', ['ACTIVE', 'BOUNCED'], 'BOUNCED'],
    ['ACTIVE', ['PENDING'], 'ACTIVE'],
    ['UNSUBSCRIBED', ['ACTIVE'], 'UNSUBSCRIBED'],
  ])('merges %s with %j into %s', async (oldest, [one, other = 'ACTIVE'], status) => {
    await store(1, { email: 'ann@example.com', normalized: 'ann@example.com', status: oldest });
    await store(2, { email: '"ann"@example.com', normalized: '"ann"@example.com', day: 2, status: one! });
    await store(3, {
      email: '"a\\nn"@example.com',
      normalized: '"a\\nn"@example.com',
      day: 3,
      status: other,
    });
    await repair();
    expect(await rows()).toMatchObject([{ id: idOf(1), status }]);
  });

  test('returns the merged subscriber to a retry with its idempotency key', async () => {
    await store(1, { email: 'ann@example.com', normalized: 'ann@example.com' });
    await store(2, { email: '"ann"@example.com', normalized: '"ann"@example.com', day: 2 });
    const inputHash = createHash('sha256')
      .update(JSON.stringify(['"ann"@example.com', null, 'RETURN']))
      .digest('hex');
    await database.query(`INSERT INTO idempotency_keys VALUES ($1, 'a key', $2, $3, true)`, [
      EDITOR.viewer.userId,
      inputHash,
      idOf(2),
    ]);
    await repair();
    const service = await runService(testDatabase.url);
    try {
      const input = { email: '"ann"@example.com', idempotencyKey: 'a key' };
      expect(await addSubscriber(service, input)).toMatchObject({
        subscriber: { id: idOf(1), email: 'ann@example.com' },
        created: true,
        userErrors: [],
      });
    } finally {
      await service.close();
    }
  });

  test('repairs more rows than a batch has', async () => {
    await database.query(
      `INSERT INTO subscribers (id, email, email_normalized, search_text, status, added_at)
       SELECT gen_random_uuid(), '"' || name || '"@example.com', '"' || name || '"@example.com', '', 'ACTIVE', now()
       FROM generate_series(1, 12001) AS number, concat('ada', number) AS name`,
    );
    await repair();
    expect(
      await database.query(
        `SELECT count(*)::int FROM subscribers WHERE email_normalized = replace(email, '"', '')`,
      ),
    ).toEqual([{ count: 12_001 }]);
  });

  test('can be undone, but does not restore an address that has another subscriber by now', async () => {
    await store(1, { email: 'real@example.com/x', normalized: 'real@example.com' });
    await store(2, { email: 'ann@example.com', normalized: 'ann@example.com' });
    await store(3, { email: '"ann"@example.com', normalized: '"ann"@example.com', day: 2 });
    await store(4, { email: 'ΑΝΑΣ@example.com', normalized: 'ανας@example.com' });
    const [first, ...others] = await rows();
    await repair();
    await store(5, { email: 'real@example.com', normalized: 'real@example.com' });
    await undo();
    expect((await rows()).slice(0, 4)).toEqual([{ ...first, email_normalized: unclaimed(1) }, ...others]);
  });
});
