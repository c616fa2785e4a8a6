import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, register } from '../testing/people.js';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { patientHeaders, strangerAt, tryPassword } from '../testing/from-address.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

describe('guessing passwords', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(users, ADA);
    await register(users, BOB);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const guess = (ip = HERE, email = ADA.email, at = users) => tryPassword(at, email, 'wrong horse', ip);
  const logIn = (ip: string, { email, password } = ADA) => tryPassword(users, email, password, ip);
  const many = <T>(count: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n)));
  const tally = (answers: { code: string }[]) => {
    const count = (wanted: string) => answers.filter(({ code }) => code === wanted).length;
    return { wrong: count('INVALID_CREDENTIALS'), limited: count('RATE_LIMITED'), right: count('OK') };
  };
  const verifications = async () => {
    const [row] = await users.database.query(
      `SELECT count(*)::int FROM audit_log WHERE action = 'LOGIN_FAILED'`,
    );
    return row.count as number;
  };

  test('at one account from one address ends after ten, though a hundred come at once; others go on', async () => {
    const answers = await many(100, () => guess());
    expect(tally(answers)).toEqual({ wrong: 10, limited: 90, right: 0 });
    expect(await verifications()).toBe(10);
    for (const { code, retryAfterSeconds } of answers) {
      if (code !== 'RATE_LIMITED') continue;
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(900);
    }
    expect(await logIn(HERE)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'OK' });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('is no name for logging in thirty times at once', async () => {
    expect(tally(await many(30, () => logIn(HERE)))).toEqual({ wrong: 0, limited: 0, right: 30 });
  });

  test('is no name for logging in as often as one may guess at once in two replicas, again and again', async () => {
    const replica = await runUsers(testDatabase.url);
    try {
      for (let times = 0; times < 3; times += 1) {
        const answers = await many(10, (n) =>
          tryPassword(n % 2 ? users : replica, ADA.email, ADA.password, HERE),
        );
        expect(tally(answers)).toEqual({ wrong: 0, limited: 0, right: 10 });
      }
    } finally {
      await replica.close();
    }
  });

  test('by some keeps nobody of their network out who logs in rightly, though many do at once', async () => {
    await many(95, (n) => guess(HERE, `person${n}@example.com`));
    const colleagues = Array.from({ length: 16 }, (_, n) => ({ ...ADA, email: `colleague${n}@example.com` }));
    await Promise.all(colleagues.map((one) => register(users, one)));
    expect(tally(await many(16, (n) => logIn(HERE, colleagues[n])))).toEqual({
      wrong: 0,
      limited: 0,
      right: 16,
    });
    expect(tally(await many(7, (n) => guess(HERE, `another${n}@example.com`)))).toEqual({
      wrong: 5,
      limited: 2,
      right: 0,
    });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('at one account is forgiven its owner, who resets the password', async () => {
    await many(60, (n) => guess(`203.0.113.${n % 6}`));
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const password = 'an entirely new password';
    const token = await mailedToken(users, ADA.email, 'RESET_PASSWORD');
    await resetPassword(users, token, password);
    expect(await logIn(ELSEWHERE, { ...ADA, password })).toMatchObject({ code: 'OK' });
  });

  test('at one account from a hundred addresses ends after fifty, and its owner waits with them', async () => {
    const answers = await many(100, (n) => guess(`203.0.113.${n}`));
    expect(tally(answers)).toEqual({ wrong: 50, limited: 50, right: 0 });
    expect(await verifications()).toBe(50);
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('at many accounts from one address ends after a hundred', async () => {
    const answers = await many(120, (n) => guess(HERE, `person${n}@example.com`));
    expect(tally(answers)).toEqual({ wrong: 100, limited: 20, right: 0 });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('is one address wherever in its network of IPv6, and whatever the case of the account', async () => {
    const answers = await many(20, (n) =>
      guess(`2001:db8:1:2::${n}`, n % 2 ? ADA.email : ' ADA@example.COM'),
    );
    expect(tally(answers)).toEqual({ wrong: 10, limited: 10, right: 0 });
    expect(await logIn('2001:db8:1:3::1')).toMatchObject({ code: 'OK' });
  });

  test('is told the same of an unknown address', async () => {
    const known = await many(12, () => guess());
    const unknown = await many(12, () => guess(HERE, 'nobody@example.com'));
    const shown = (answers: object[]) => answers.map((answer) => ({ ...answer, retryAfterSeconds: null }));
    expect(new Set(shown(unknown).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(shown(known).map((answer) => JSON.stringify(answer))),
    );
    expect(tally(unknown)).toEqual(tally(known));
  });

  test('counts in all processes together', async () => {
    const other = await runUsers(testDatabase.url);
    try {
      const answers = await many(40, (n) => guess(HERE, ADA.email, n % 2 ? users : other));
      expect(tally(answers)).toEqual({ wrong: 10, limited: 30, right: 0 });
      expect(await tryPassword(other, ADA.email, ADA.password, HERE)).toMatchObject({ code: 'RATE_LIMITED' });
    } finally {
      await other.close();
    }
  });

  test('may go on when the time is over', async () => {
    await many(11, () => guess());
    const [before] = await users.database.query('SELECT max(expire - $1) AS ms FROM throttle', [Date.now()]);
    expect(Number(before.ms)).toBeLessThanOrEqual(900_000);
    await users.database.query('UPDATE throttle SET expire = $1', [Date.now() - 1]);
    expect(await guess()).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await logIn(HERE)).toMatchObject({ code: 'OK' });
  });

  test('right costs nothing, and takes nobody else’s count away', async () => {
    await many(9, () => guess());
    await many(3, () => guess(ELSEWHERE));
    const before = await users.database.query('SELECT * FROM throttle ORDER BY key');
    for (let n = 0; n < 12; n += 1) expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'OK' });
    expect(await users.database.query('SELECT * FROM throttle ORDER BY key')).toEqual(before);
    expect(tally([await guess(), await guess()])).toEqual({ wrong: 1, limited: 1, right: 0 });
  });

  test('without an address that is known counts for the account', async () => {
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }';
    const answers = await many(60, async () => {
      const input = { email: ADA.email, password: 'wrong horse' };
      const { data } = await users.ask<{ login: { userErrors: { code: string }[] } }>(login, {
        variables: { input },
        headers: patientHeaders(),
      });
      return data!.login.userErrors[0]!;
    });
    expect(tally(answers)).toEqual({ wrong: 50, limited: 10, right: 0 });
  });

  test('leaves no address in the database, and none in the log', async () => {
    await many(11, () => guess());
    const rows = JSON.stringify(await users.database.query('SELECT * FROM throttle'));
    for (const known of ['ada', 'example', HERE]) {
      expect(rows.toLowerCase()).not.toContain(known);
      expect(
        users.log
          .filter((line) => !line.includes('listening'))
          .join('')
          .toLowerCase(),
      ).not.toContain(known === HERE ? known : ADA.email.toLowerCase());
    }
  });

  test('at the address of a registration is counted, too: ten for one address, a hundred from one client', async () => {
    const registering = async (n: number, ip: string, email: string) => {
      const input = { email, password: 'correct horse', displayName: `Person ${n}` };
      const { data } = await users.ask<{
        register: { userErrors: { code: string; retryAfterSeconds: number }[] };
      }>(
        'mutation ($input: RegisterInput!) { register(input: $input) { userErrors { code retryAfterSeconds } } }',
        { variables: { input }, headers: patientHeaders(strangerAt(ip)) },
      );
      return data!.register.userErrors[0] ?? { code: 'OK' };
    };
    const toOne = await many(15, (n) => registering(n, `203.0.113.${n}`, 'one@example.com'));
    expect(tally(toOne)).toEqual({ wrong: 0, limited: 5, right: 10 });
    const toKnown = await many(15, (n) => registering(n, `203.0.113.${n}`, BOB.email));
    // The registration that made the account counts, too.
    expect(tally(toKnown)).toEqual({ wrong: 0, limited: 6, right: 9 });
    const fromOne = await many(105, (n) => registering(n, HERE, `new${n}@example.com`));
    expect(tally(fromOne)).toEqual({ wrong: 0, limited: 5, right: 100 });
  });
});
