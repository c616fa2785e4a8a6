import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import type { DataSource } from 'typeorm';
import { PasswordHasher } from '../accounts/password.js';
import { ADA, canLogIn, join, logIn } from '../testing/people.js';
import { runUsers } from '../testing/running-users.js';
import { database as definition } from './database.js';
import { runPendingMigrations } from '@kit/database';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';

const idOf = (number: number) => `019a0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const unclaimed = (number: number) => `unclaimed:${idOf(number)}`;

/** An account as it was stored before this migration, created on that day of January. */
interface Stored {
  readonly email: string;
  readonly normalized: string;
  readonly verified?: boolean;
  readonly day?: number;
  readonly role?: string;
}

describe('the migration that repairs addresses', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let stderr: string;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    database = await definition.dataSource(testDatabase.url).initialize();
    await undo();
    stderr = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text.toString();
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await database?.destroy();
    await testDatabase?.drop();
  });

  /** Reverts this migration and all later ones. */
  const undo = async () => {
    const applied: { name: string }[] = await database.query('SELECT name FROM migrations ORDER BY id DESC');
    const count = applied.findIndex(({ name }) => name === RepairAddresses1786000000000.name) + 1;
    for (let undone = 0; undone < count; undone += 1) await database.undoLastMigration();
  };
  const repair = () => runPendingMigrations(database);

  const store = async (number: number, { email, normalized, verified, day = 1, role = 'EDITOR' }: Stored) => {
    await database.query(
      `INSERT INTO users (id, email, email_normalized, display_name, password_hash, roles, created_at,
                          email_verified_at, search_text)
       VALUES ($1, $2, $3, 'Ada', 'a hash', ARRAY[$4], $5, $6, '')`,
      [idOf(number), email, normalized, role, `2026-01-0${day}`, verified ? '2026-01-09' : null],
    );
    await database.query(
      `INSERT INTO sessions (id, user_id, seed, created_at, last_used_at, expires_at)
       VALUES ($1, $1, sha256('a seed'), now(), now(), now() + interval '1 day')`,
      [idOf(number)],
    );
    await database.query(
      `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
       VALUES (sha256($1::uuid::text::bytea), $1, 'RESET_PASSWORD', now(), now() + interval '1 hour')`,
      [idOf(number)],
    );
    await database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, done_at)
       SELECT gen_random_uuid(), 'PASSWORD_RESET', $1, now(), now(), done_at
       FROM unnest(ARRAY[NULL, now()]) AS done_at`,
      [normalized],
    );
  };

  const forms = async () => {
    const rows: { id: string; email_normalized: string }[] = await database.query(
      'SELECT id, email_normalized FROM users ORDER BY id',
    );
    return Object.fromEntries(rows.map((row) => [Number(row.id.slice(-4)), row.email_normalized]));
  };
  const repairs = () =>
    database.query(
      'SELECT id, found, done, claimed_by, previous_normalized FROM address_repairs ORDER BY id',
    );
  const alive = async (table: string, condition: string) => {
    const rows: { user_id: string }[] = await database.query(
      `SELECT user_id FROM ${table} WHERE ${condition} ORDER BY 1`,
    );
    return rows.map(({ user_id }) => Number(user_id.slice(-4)));
  };
  const pendingMail = async () => {
    const rows: { address: string }[] = await database.query(
      'SELECT email_normalized AS address FROM mail_jobs WHERE done_at IS NULL ORDER BY 1',
    );
    return rows.map(({ address }) => address);
  };

  test('does not change valid accounts, and reports nothing then', async () => {
    await store(1, { email: 'Ada@Example.com', normalized: 'ada@example.com' });
    await store(2, { email: '"a b"@example.com', normalized: '"a b"@example.com' });
    await store(3, { email: 'from\u200bbefore@example.com', normalized: 'from\u200bbefore@example.com' });
    const before = await database.query('SELECT * FROM users ORDER BY id');
    await repair();
    expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual(before);
    expect(await repairs()).toEqual([]);
    expect(await alive('sessions', 'ended_at IS NULL')).toEqual([1, 2, 3]);
    expect(stderr).toBe('');
  });

  test('removes the claim on the address of another person, with the sessions and links of the account', async () => {
    await store(1, { email: 'victim@example.com/x', normalized: 'victim@example.com', verified: true });
    await store(2, { email: 'ada@example.com', normalized: 'ada@example.com' });
    await repair();
    expect(await forms()).toEqual({ 1: unclaimed(1), 2: 'ada@example.com' });
    expect(await repairs()).toEqual([
      {
        id: idOf(1),
        found: 'NOT_VALID',
        done: 'CLAIM_REMOVED',
        claimed_by: null,
        previous_normalized: 'victim@example.com',
      },
    ]);
    expect(await alive('sessions', 'ended_at IS NULL')).toEqual([2]);
    expect(await alive('email_tokens', 'true')).toEqual([2]);
    expect(await pendingMail()).toEqual(['ada@example.com']);
    expect(await database.query('SELECT action, actor_id, subject_id, detail FROM audit_log')).toEqual([
      {
        action: 'ADDRESS_CLAIM_REMOVED',
        actor_id: null,
        subject_id: idOf(1),
        detail: { found: 'NOT_VALID', sessionsEnded: 1 },
      },
    ]);
    expect(await database.query('SELECT email, password_hash FROM users WHERE id = $1', [idOf(1)])).toEqual([
      { email: 'victim@example.com/x', password_hash: 'a hash' },
    ]);
  });

  test('lets the owner of the address register it, and the operator restore the other account', async () => {
    await store(1, { email: 'victim@example.com/x', normalized: 'victim@example.com', role: 'OWNER' });
    const victim = { ...ADA, email: 'victim@example.com' };
    await database.query('UPDATE users SET password_hash = $1', [
      await new PasswordHasher('low').hash(victim.password),
    ]);
    await repair();
    const users = await runUsers(testDatabase.url);
    try {
      expect(await canLogIn(users, victim)).toBe(false);
      expect(await canLogIn(users, { ...victim, email: 'victim@example.com/x' })).toBe(false);
      const { auth } = await join(users, victim);
      expect(auth.viewer.userId).not.toBe(idOf(1));
      // As docs/operating.md says.
      await database.query(
        `UPDATE users
         SET email = 'boss@example.com', email_normalized = 'boss@example.com', email_verified_at = NULL,
             search_text = upper('boss@example.com' || E'\\n' || display_name)
         WHERE id = $1`,
        [idOf(1)],
      );
      const owner = await logIn(users, { ...victim, email: 'BOSS@example.com' });
      expect(owner.auth.viewer.userId).toBe(idOf(1));
    } finally {
      await users.close();
    }
  });

  test('rewrites a normalized form that the rules have changed, also in queued mail', async () => {
    await store(1, { email: 'ΑΝΑΣ@example.com', normalized: 'ανας@example.com' });
    await store(2, { email: '"Ann"@example.com', normalized: '"ann"@example.com' });
    await repair();
    expect(await forms()).toEqual({ 1: 'ανασ@example.com', 2: 'ann@example.com' });
    expect(await pendingMail()).toEqual(['ann@example.com', 'ανασ@example.com']);
    expect(await repairs()).toMatchObject([
      { id: idOf(1), found: 'OTHER_FORM', done: 'REWRITTEN', previous_normalized: 'ανας@example.com' },
      { id: idOf(2), found: 'OTHER_FORM', done: 'REWRITTEN', previous_normalized: '"ann"@example.com' },
    ]);
    expect(await alive('sessions', 'ended_at IS NULL')).toEqual([1, 2]);
    expect(await alive('email_tokens', 'true')).toEqual([1, 2]);
    expect(await database.query('SELECT FROM audit_log')).toEqual([]);
  });

  test('lets the verified account keep a shared address, or else the oldest, and merges nothing', async () => {
    await store(1, { email: 'ann@example.com', normalized: 'ann@example.com', day: 1 });
    await store(2, { email: '"ann"@example.com', normalized: '"ann"@example.com', day: 2, verified: true });
    await store(3, {
      email: '"a\\nn"@example.com',
      normalized: '"a\\nn"@example.com',
      day: 3,
      verified: true,
    });
    await store(4, { email: 'ΑΝΑΣ@example.com', normalized: 'ανας@example.com', day: 2 });
    await store(5, { email: 'ανασ@example.com', normalized: 'ανασ@example.com', day: 1 });
    await repair();
    expect(await forms()).toEqual({
      1: unclaimed(1),
      2: 'ann@example.com',
      3: unclaimed(3),
      4: unclaimed(4),
      5: 'ανασ@example.com',
    });
    expect(await repairs()).toMatchObject([
      { id: idOf(1), found: 'DUPLICATE', done: 'CLAIM_REMOVED', claimed_by: idOf(2) },
      { id: idOf(2), found: 'OTHER_FORM', done: 'REWRITTEN', claimed_by: null },
      { id: idOf(3), found: 'DUPLICATE', done: 'CLAIM_REMOVED', claimed_by: idOf(2) },
      { id: idOf(4), found: 'DUPLICATE', done: 'CLAIM_REMOVED', claimed_by: idOf(5) },
    ]);
    expect(await alive('sessions', 'ended_at IS NULL')).toEqual([2, 5]);
    // The first account requested a mail to the address that the second one has now.
    expect(await pendingMail()).toEqual(['ann@example.com', 'ανασ@example.com']);
  });

  test('gives an address that one account loses to its other account', async () => {
    await store(1, { email: 'victim@example.com?x', normalized: 'victim@example.com', day: 1 });
    await store(2, { email: '"victim"@example.com', normalized: '"victim"@example.com', day: 2 });
    await repair();
    expect(await forms()).toEqual({ 1: unclaimed(1), 2: 'victim@example.com' });
    expect(await pendingMail()).toEqual(['victim@example.com']);
  });

  test('does not change an account that is marked for deletion', async () => {
    await store(1, { email: 'gone@example.com', normalized: idOf(1) });
    await repair();
    expect(await forms()).toEqual({ 1: idOf(1) });
    expect(await repairs()).toEqual([]);
  });

  test('reports counts and ids, but no address', async () => {
    await store(1, { email: 'victim@example.com/x', normalized: 'victim@example.com' });
    await store(2, { email: '"ann"@example.com', normalized: '"ann"@example.com' });
    await repair();
    expect(stderr.split('\n')).toEqual([
      `users: address repair: NOT_VALID, CLAIM_REMOVED: 1 (${idOf(1)})`,
      `users: address repair: OTHER_FORM, REWRITTEN: 1 (${idOf(2)})`,
      expect.stringContaining('docs/operating.md'),
      '',
    ]);
    expect(stderr).not.toContain('@');
  });

  test.each([
    [1, true],
    [2, false],
  ])('with %d owners, warns that no owner can log in: %s', async (owners, warns) => {
    await store(1, { email: 'boss@example.com/x', normalized: 'boss@example.com', role: 'OWNER' });
    if (owners > 1) {
      await store(2, { email: 'boss2@example.com', normalized: 'boss2@example.com', role: 'OWNER' });
    }
    await repair();
    expect(stderr.includes('no owner can log in')).toBe(warns);
  });

  test('repairs more accounts than a batch', async () => {
    await database.query(
      `INSERT INTO users (id, email, email_normalized, display_name, password_hash, roles, created_at, search_text)
       SELECT gen_random_uuid(), address || '/x', address, 'Ada', '', '{READER}', now(), ''
       FROM generate_series(1, 12001) AS number, concat('ada', number, '@example.com') AS address`,
    );
    await repair();
    expect(await database.query(`SELECT count(*)::int FROM users WHERE email_normalized LIKE '%@%'`)).toEqual(
      [{ count: 0 }],
    );
    expect(stderr).toMatch(/NOT_VALID, CLAIM_REMOVED: 12001 \((\S+, ){20}…\)/);
  });

  test('can be reverted, but restores no address that has another account by now', async () => {
    await store(1, { email: 'victim@example.com/x', normalized: 'victim@example.com' });
    await store(2, { email: 'bob@example.com/x', normalized: 'bob@example.com' });
    await store(3, { email: 'ΑΝΑΣ@example.com', normalized: 'ανας@example.com' });
    await repair();
    await store(4, { email: 'victim@example.com', normalized: 'victim@example.com' });
    await undo();
    expect(await forms()).toEqual({
      1: unclaimed(1),
      2: 'bob@example.com',
      3: 'ανας@example.com',
      4: 'victim@example.com',
    });
  });
});
