import { afterAll, beforeAll, describe, expect, test, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { requestPasswordReset } from '../testing/mail.js';
import { ADA, join, logIn, register, BOB } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { Passwords } from './passwords.js';

describe('registering', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const rows = (emailNormalized: string) =>
    users.database.query<object[]>('SELECT * FROM users WHERE email_normalized = $1', [emailNormalized]);

  test('assigns the default role, and stores the address as entered and a hash of the password', async () => {
    const response = await register(users, { ...ADA, email: ' Ada@ÉXAMPLE.com ', displayName: '  Ada ' });
    expect(response).toEqual({ status: 200, data: { register: { accepted: true, userErrors: [] } } });
    expect(await rows('ada@xn--xample-9ua.com')).toEqual([
      expect.objectContaining({
        email: 'Ada@ÉXAMPLE.com',
        display_name: 'Ada',
        roles: ['EDITOR'],
        password_hash: expect.stringMatching(/^\$argon2id\$/),
      }),
    ]);
  });

  test('returns the same and changes nothing if the address has an account', async () => {
    const { auth } = await join(users, { ...ADA, email: 'known@example.com' });
    const before = await rows('known@example.com');
    const again = await register(users, { ...ADA, email: 'KNOWN@example.com', password: 'another password' });
    expect(again).toEqual(await register(users, { ...ADA, email: 'unknown@example.com' }));
    expect(await rows('known@example.com')).toEqual(before);
    const second = await logIn(users, { ...ADA, email: 'known@example.com' });
    expect(second.auth.viewer.userId).toBe(auth.viewer.userId);
  });

  test('creates one account for concurrent requests with one address, and returns the same to each', async () => {
    const person = { ...ADA, email: 'popular@example.com' };
    const calls = Array.from({ length: 5 }, () => () => register(users, person));
    const responses = await meetAtWrite(users.database, 'users', calls);
    for (const { data } of responses) expect(data).toEqual({ register: { accepted: true, userErrors: [] } });
    expect(await rows('popular@example.com')).toHaveLength(1);
  });

  test.each([
    ['a malformed address', { email: 'ada' }, 'INVALID_INPUT', 'email'],
    ['an address with a path', { email: 'ada@example.com/x' }, 'INVALID_INPUT', 'email'],
    ['an address of a megabyte', { email: `${'a'.repeat(1_000_000)}@example.com` }, 'INVALID_INPUT', 'email'],
    ['a blank name', { displayName: ' \t ' }, 'INVALID_INPUT', 'displayName'],
    ['a name of 101 characters', { displayName: '🦊'.repeat(101) }, 'INVALID_INPUT', 'displayName'],
    ['a name that Postgres cannot store', { displayName: 'A\u0000da' }, 'INVALID_INPUT', 'displayName'],
    ['half a surrogate pair in the name', { displayName: 'Ada \uD83E' }, 'INVALID_INPUT', 'displayName'],
    ['an invisible name', { displayName: '\u200b' }, 'INVALID_INPUT', 'displayName'],
    ['a name that reverses the text direction', { displayName: 'Ada\u202e' }, 'INVALID_INPUT', 'displayName'],
    ['an address that looks like another one', { email: 'ada\u200b@example.com' }, 'INVALID_INPUT', 'email'],
    ['a password of nine characters', { password: 'too short' }, 'WEAK_PASSWORD', 'password'],
    ['a password of 129 characters', { password: 'a'.repeat(129) }, 'WEAK_PASSWORD', 'password'],
  ])('rejects %s with a user error', async (_, change, code, field) => {
    const { data } = await register(users, { ...ADA, email: 'rejected@example.com', ...change });
    expect(data).toEqual({ register: { accepted: false, userErrors: [{ code, field: ['input', field] }] } });
    expect(await rows('rejected@example.com')).toEqual([]);
  });

  test('rejects a look-alike address even if an older account has it, which can still log in', async () => {
    const person = { ...ADA, email: 'from\u200bbefore@example.com' };
    await register(users, { ...ADA, email: 'from-before@example.com' });
    await users.database.query(
      'UPDATE users SET email = $1, email_normalized = $1, display_name = $2 WHERE email_normalized = $3',
      [person.email, '\u3164\u202e', 'from-before@example.com'],
    );
    const known = await register(users, person);
    expect(known).toEqual(await register(users, { ...ADA, email: 'un\u200bknown@example.com' }));
    expect(known.data!.register.userErrors).toEqual([{ code: 'INVALID_INPUT', field: ['input', 'email'] }]);
    const { auth } = await logIn(users, person);
    const { data } = await users.ask('{ viewer { email user { displayName } } }', { as: auth });
    expect(data).toEqual({ viewer: { email: person.email, user: { displayName: '\u3164\u202e' } } });
    expect(await requestPasswordReset(users, person.email)).toEqual([]);
  });

  test('tells which part of an address is wrong', async () => {
    const { data } = await users.ask(
      `mutation ($input: RegisterInput!) { register(input: $input) { userErrors { message field } } }`,
      { variables: { input: { ...ADA, email: 'victim@example.com?x' } } },
    );
    expect(data).toEqual({
      register: {
        userErrors: [{ message: 'The domain must not contain a query.', field: ['input', 'email'] }],
      },
    });
  });

  test('returns all faults at once', async () => {
    const { data } = await register(users, { email: '', password: '', displayName: '' });
    expect(data?.register.userErrors.map(({ field }) => field?.join('.'))).toEqual([
      'input.email',
      'input.displayName',
      'input.password',
    ]);
  });

  test('accepts a name of 100 characters that have more code units', async () => {
    const { data } = await register(users, {
      ...ADA,
      email: 'fox@example.com',
      displayName: '🦊'.repeat(100),
    });
    expect(data?.register.accepted).toBe(true);
    expect(await rows('fox@example.com')).toHaveLength(1);
  });
});

describe('closed registration', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    const open = await runUsers(testDatabase.url);
    await join(open, ADA);
    await open.close();
    users = await runUsers(testDatabase.url, { REGISTRATION: 'closed' });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await users?.close();
    await testDatabase?.drop();
  });

  test('rejects all registrations alike, without hashing or writing anything', async () => {
    const hash = jest.spyOn(Passwords.prototype, 'hash');
    const before = await users.database.query('SELECT id FROM audit_log');
    for (const person of [ADA, BOB, { ...BOB, email: 'bob' }, { ...BOB, password: 'x' }]) {
      const { data, errors } = await register(users, person);
      expect(data).toBeNull();
      expect(errors).toMatchObject([
        { message: 'Registration is closed.', extensions: { code: 'FORBIDDEN' } },
      ]);
    }
    expect(hash).not.toHaveBeenCalled();
    expect(await users.database.query('SELECT email FROM users')).toEqual([{ email: ADA.email }]);
    expect(await users.database.query('SELECT id FROM audit_log')).toEqual(before);
  });

  test('lets existing accounts log in', async () => {
    expect((await logIn(users, ADA)).tokens.accessToken).toEqual(expect.any(String));
  });
});
