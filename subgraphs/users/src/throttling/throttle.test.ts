import { beforeEach, describe, expect, test } from '@jest/globals';
import { ADA, BOB, register } from '../testing/people.js';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { patientHeaders, anonymousAt, tryPassword } from '../testing/from-address.js';
import { withUsers } from '../testing/with-users.js';
import { LIMITS, many, PER_ACCOUNT, PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, tally } from '../testing/limits.js';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

const service = withUsers(() => LIMITS);
beforeEach(() => Promise.all([ADA, BOB].map((person) => register(service.users, person))));

describe('guessing a password', () => {
  const guess = (ip = HERE, email = ADA.email, at = service.users) =>
    tryPassword(at, email, 'wrong horse', ip);
  const logIn = (ip: string, { email, password } = ADA) => tryPassword(service.users, email, password, ip);
  const verifications = async () => {
    const [row] = await service.users.database.query(
      `SELECT count(*)::int FROM audit_log WHERE action = 'LOGIN_FAILED'`,
    );
    return row.count as number;
  };

  test('is limited for one account and address, even when all guesses come at once', async () => {
    const answers = await many(30, () => guess());
    expect(tally(answers)).toEqual({ wrong: PER_ACCOUNT_AND_ADDRESS, limited: 26, right: 0 });
    expect(await verifications()).toBe(PER_ACCOUNT_AND_ADDRESS);
    for (const { code, retryAfterSeconds } of answers) {
      if (code !== 'RATE_LIMITED') continue;
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(900);
    }
    expect(await logIn(HERE)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'OK' });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('does not include correct logins, however many come at once', async () => {
    expect(tally(await many(30, () => logIn(HERE)))).toEqual({ wrong: 0, limited: 0, right: 30 });
  });

  test('does not include correct logins in two replicas, up to the limit at once, repeatedly', async () => {
    const replica = await service.startReplica();
    for (let times = 0; times < 3; times += 1) {
      const answers = await many(PER_ACCOUNT_AND_ADDRESS, (n) =>
        tryPassword(n % 2 ? service.users : replica, ADA.email, ADA.password, HERE),
      );
      expect(tally(answers)).toEqual({ wrong: 0, limited: 0, right: PER_ACCOUNT_AND_ADDRESS });
    }
  });

  test('does not stop correct logins of the same network before its limit, even when many come at once', async () => {
    const left = 2;
    await many(PER_ADDRESS - left, (n) => guess(HERE, `person${n}@example.com`));
    const colleagues = Array.from({ length: 8 }, (_, n) => ({ ...ADA, email: `colleague${n}@example.com` }));
    await many(8, (n) => register(service.users, colleagues[n]!));
    expect(tally(await many(8, (n) => logIn(HERE, colleagues[n])))).toEqual({
      wrong: 0,
      limited: 0,
      right: 8,
    });
    expect(tally(await many(left + 2, (n) => guess(HERE, `another${n}@example.com`)))).toEqual({
      wrong: left,
      limited: 2,
      right: 0,
    });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('is forgiven when the owner of the account resets the password', async () => {
    await many(PER_ACCOUNT + 2, (n) => guess(`203.0.113.${n % 6}`));
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const password = 'an entirely new password';
    const token = await mailedToken(service.users, ADA.email, 'RESET_PASSWORD');
    await resetPassword(service.users, token, password);
    expect(await logIn(ELSEWHERE, { ...ADA, password })).toMatchObject({ code: 'OK' });
  });

  test('is limited for one account from all addresses, and its owner has to wait, too', async () => {
    const answers = await many(PER_ACCOUNT + 10, (n) => guess(`203.0.113.${n}`));
    expect(tally(answers)).toEqual({ wrong: PER_ACCOUNT, limited: 10, right: 0 });
    expect(await verifications()).toBe(PER_ACCOUNT);
    expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('is limited for one address at all accounts', async () => {
    const answers = await many(PER_ADDRESS + 5, (n) => guess(HERE, `person${n}@example.com`));
    expect(tally(answers)).toEqual({ wrong: PER_ADDRESS, limited: 5, right: 0 });
    expect(await logIn(HERE, BOB)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await logIn(ELSEWHERE, BOB)).toMatchObject({ code: 'OK' });
  });

  test('counts a network of IPv6 as one address, and all spellings of an account as one', async () => {
    const answers = await many(PER_ACCOUNT_AND_ADDRESS + 4, (n) =>
      guess(`2001:db8:1:2::${n}`, n % 2 ? ADA.email : ' ADA@example.COM'),
    );
    expect(tally(answers)).toEqual({ wrong: PER_ACCOUNT_AND_ADDRESS, limited: 4, right: 0 });
    expect(await logIn('2001:db8:1:3::1')).toMatchObject({ code: 'OK' });
  });

  test('returns the same for an unknown address', async () => {
    const known = await many(PER_ACCOUNT_AND_ADDRESS + 2, () => guess());
    const unknown = await many(PER_ACCOUNT_AND_ADDRESS + 2, () => guess(HERE, 'nobody@example.com'));
    const shown = (answers: object[]) => answers.map((answer) => ({ ...answer, retryAfterSeconds: null }));
    expect(new Set(shown(unknown).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(shown(known).map((answer) => JSON.stringify(answer))),
    );
    expect(tally(unknown)).toEqual(tally(known));
  });

  test('is counted over all replicas', async () => {
    const replica = await service.startReplica();
    const answers = await many(20, (n) => guess(HERE, ADA.email, n % 2 ? service.users : replica));
    expect(tally(answers)).toEqual({ wrong: PER_ACCOUNT_AND_ADDRESS, limited: 16, right: 0 });
    expect(await tryPassword(replica, ADA.email, ADA.password, HERE)).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('is allowed again when the window has passed', async () => {
    const { database } = service.users;
    await many(PER_ACCOUNT_AND_ADDRESS + 1, () => guess());
    const [before] = await database.query('SELECT max(expire - $1) AS ms FROM throttle', [Date.now()]);
    expect(Number(before.ms)).toBeLessThanOrEqual(900_000);
    await database.query('UPDATE throttle SET expire = $1', [Date.now() - 1]);
    expect(await guess()).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await logIn(HERE)).toMatchObject({ code: 'OK' });
  });

  test('changes no counter for correct logins', async () => {
    const counts = () => service.users.database.query('SELECT * FROM throttle ORDER BY key');
    await many(PER_ACCOUNT_AND_ADDRESS - 1, () => guess());
    await many(3, () => guess(ELSEWHERE));
    const before = await counts();
    for (let n = 0; n < PER_ACCOUNT_AND_ADDRESS + 2; n += 1) {
      expect(await logIn(ELSEWHERE)).toMatchObject({ code: 'OK' });
    }
    expect(await counts()).toEqual(before);
    expect(tally([await guess(), await guess()])).toEqual({ wrong: 1, limited: 1, right: 0 });
  });

  test('counts for the account alone when the client address is unknown', async () => {
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }';
    const answers = await many(PER_ACCOUNT + 5, async () => {
      const input = { email: ADA.email, password: 'wrong horse' };
      const { data } = await service.users.ask<{ login: { userErrors: { code: string }[] } }>(login, {
        variables: { input },
        headers: patientHeaders(),
      });
      return data!.login.userErrors[0]!;
    });
    expect(tally(answers)).toEqual({ wrong: PER_ACCOUNT, limited: 5, right: 0 });
  });

  test('stores and logs no address', async () => {
    await many(PER_ACCOUNT_AND_ADDRESS + 1, () => guess());
    const rows = JSON.stringify(await service.users.database.query('SELECT * FROM throttle'));
    const log = service.users.log.filter((line) => !line.includes('listening')).join('');
    for (const known of ['ada', 'example', HERE]) expect(rows.toLowerCase()).not.toContain(known);
    for (const known of [ADA.email.toLowerCase(), HERE]) expect(log.toLowerCase()).not.toContain(known);
  });

  test('limits registrations of one e-mail address and from one client, too', async () => {
    const registering = async (n: number, ip: string, email: string) => {
      const input = { email, password: 'correct horse', displayName: `Person ${n}` };
      const { data } = await service.users.ask<{
        register: { userErrors: { code: string; retryAfterSeconds: number }[] };
      }>(
        'mutation ($input: RegisterInput!) { register(input: $input) { userErrors { code retryAfterSeconds } } }',
        { variables: { input }, headers: patientHeaders(anonymousAt(ip)) },
      );
      return data!.register.userErrors[0] ?? { code: 'OK' };
    };
    const toOne = await many(6, (n) => registering(n, `203.0.113.${n}`, 'one@example.com'));
    expect(tally(toOne)).toEqual({ wrong: 0, limited: 2, right: PER_ACCOUNT_AND_ADDRESS });
    const toKnown = await many(6, (n) => registering(n, `203.0.113.${n}`, BOB.email));
    // The registration that created the account counts, too.
    expect(tally(toKnown)).toEqual({ wrong: 0, limited: 3, right: PER_ACCOUNT_AND_ADDRESS - 1 });
    const fromOne = await many(PER_ADDRESS + 5, (n) => registering(n, HERE, `new${n}@example.com`));
    expect(tally(fromOne)).toEqual({ wrong: 0, limited: 5, right: PER_ADDRESS });
  });
});

describe('requesting a password reset', () => {
  const request = async (ip: string | null, email = ADA.email) => {
    const { data } = await service.users.ask<{
      requestPasswordReset: { userErrors: { code: string; retryAfterSeconds: number }[] };
    }>(
      `mutation ($input: RequestPasswordResetInput!) {
        requestPasswordReset(input: $input) { userErrors { code message retryAfterSeconds } }
      }`,
      { variables: { input: { email } }, headers: patientHeaders(ip === null ? undefined : anonymousAt(ip)) },
    );
    return data!.requestPasswordReset.userErrors[0] ?? { code: 'OK', retryAfterSeconds: 0 };
  };
  const registerAs = (email: string, ip: string) =>
    service.users.ask('mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
      variables: { input: { ...BOB, email } },
      headers: patientHeaders(anonymousAt(ip)),
    });
  const accepted = (answers: { code: string }[]) => tally(answers).right;

  test('works for the owner however often others register the address and guess its password', async () => {
    await many(PER_ACCOUNT_AND_ADDRESS + 2, (n) => registerAs(ADA.email, `203.0.113.${n}`));
    await many(PER_ACCOUNT + 2, (n) =>
      tryPassword(service.users, ADA.email, 'wrong horse', `203.0.113.${n % 6}`),
    );
    expect(await tryPassword(service.users, ADA.email, ADA.password, ELSEWHERE)).toMatchObject({
      code: 'RATE_LIMITED',
    });
    expect(await request(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('is limited for one account and network, and works elsewhere and for others', async () => {
    const answers = await many(PER_ACCOUNT_AND_ADDRESS + 8, () => request(HERE));
    expect(accepted(answers)).toBe(PER_ACCOUNT_AND_ADDRESS);
    const rejected = answers.find(({ code }) => code === 'RATE_LIMITED')!;
    expect(rejected.retryAfterSeconds).toBeGreaterThan(0);
    expect(rejected.retryAfterSeconds).toBeLessThanOrEqual(900);
    expect(await request(ELSEWHERE)).toMatchObject({ code: 'OK' });
    expect(await request(HERE, BOB.email)).toMatchObject({ code: 'OK' });
    await registerAs('new@example.com', HERE);
    expect(await tryPassword(service.users, 'new@example.com', BOB.password, HERE)).toMatchObject({
      code: 'OK',
    });
  });

  test('is limited for one account from all networks, and every accepted request sends a mail', async () => {
    expect(accepted(await many(PER_ACCOUNT + 5, (n) => request(`203.0.113.${n}`)))).toBe(PER_ACCOUNT);
    expect(await request(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const [sent] = await service.users.database.query(
      `SELECT count(*)::int FROM mail_jobs WHERE kind = 'PASSWORD_RESET' AND email_normalized = lower($1)`,
      [ADA.email],
    );
    expect(sent).toEqual({ count: PER_ACCOUNT });
    expect(await request(ELSEWHERE, BOB.email)).toMatchObject({ code: 'OK' });
  });

  test('is allowed again once the owner has used one of the mails', async () => {
    await many(PER_ACCOUNT + 2, (n) => request(`203.0.113.${n}`));
    const token = await mailedToken(service.users, ADA.email, 'RESET_PASSWORD');
    expect(await resetPassword(service.users, token, 'an entirely new password')).toEqual([]);
    expect(await request(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('is limited for one network at all accounts', async () => {
    const answers = await many(PER_ADDRESS + 5, (n) => request(HERE, `person${n}@example.com`));
    expect(accepted(answers)).toBe(PER_ADDRESS);
    expect(await request(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('returns the same for an unknown address', async () => {
    const shown = (answers: object[]) =>
      answers.map((answer) => JSON.stringify({ ...answer, retryAfterSeconds: null })).toSorted();
    const known = await many(PER_ACCOUNT_AND_ADDRESS + 2, () => request(HERE));
    const unknown = await many(PER_ACCOUNT_AND_ADDRESS + 2, () => request(HERE, 'nobody@example.com'));
    expect(shown(unknown)).toEqual(shown(known));
    expect(accepted(known)).toBe(PER_ACCOUNT_AND_ADDRESS);
  });

  test('counts for the account alone when the client address is unknown', async () => {
    expect(accepted(await many(PER_ACCOUNT + 5, () => request(null)))).toBe(PER_ACCOUNT);
  });
});
