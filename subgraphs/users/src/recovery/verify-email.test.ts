import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SmtpCatcher, tokenIn } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { mailTo, resetTokenOf, verifyEmail } from '../testing/mail.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { ADA, register, type Person } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

const INVALID = [{ code: 'INVALID_TOKEN', field: ['input', 'token'] }];
const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { tokens { accessToken } userErrors { code } }
}`;

describe('who registers where addresses must be verified', () => {
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  let users: RunningUsers;
  beforeAll(async () => {
    [testDatabase, smtp] = await Promise.all([createTestDatabase('users'), SmtpCatcher.start()]);
    users = await runUsers(testDatabase.url, {
      SMTP_URL: smtp.url,
      APP_URL: 'https://app.example.com',
      REQUIRE_VERIFIED_EMAIL: 'true',
    });
  });
  afterAll(async () => {
    await users?.close();
    await smtp?.close();
    await testDatabase?.drop();
  });
  let number = 0;
  const newcomer = async (): Promise<Person> => {
    const person = { ...ADA, email: `Newcomer-${(number += 1)}@example.com` };
    await register(users, person);
    return person;
  };
  const login = async ({ email, password }: Person) => {
    const { data } = await users.ask<{ login: { tokens: object | null; userErrors: { code: string }[] } }>(
      LOGIN,
      { variables: { email, password } },
    );
    return data!.login.tokens ? 'in' : data!.login.userErrors.map(({ code }) => code).join();
  };
  const verifiedAt = async ({ email }: Person) => {
    const [user] = await users.database.query('SELECT email_verified_at FROM users WHERE email = $1', [
      email,
    ]);
    return user.email_verified_at as Date | null;
  };

  const failures = async ({ email }: Person) => {
    const rows = await users.database.query<{ detail: object }[]>(
      `SELECT detail FROM audit_log, users
        WHERE action = 'LOGIN_FAILED' AND subject_id = users.id AND email = $1 ORDER BY audit_log.id`,
      [email],
    );
    return rows.map(({ detail }) => detail);
  };
  const verifications = async ({ email }: Person) => {
    const [{ count }] = await users.database.query(
      `SELECT count(*)::int FROM audit_log, users
        WHERE action = 'EMAIL_VERIFIED' AND subject_id = users.id AND email = $1`,
      [email],
    );
    return count as number;
  };

  test('gets a mail with a link, and cannot log in before it has been opened', async () => {
    const person = await newcomer();
    const mail = await mailTo(smtp, person.email);
    expect(mail).toMatchObject({ to: person.email, subject: 'Please confirm your e-mail address' });
    const token = tokenIn(mail);
    expect(mail.text).toContain(`\nhttps://app.example.com/verify-email#token=${token}\n`);
    expect(await login(person)).toBe('EMAIL_NOT_VERIFIED');
    expect(await login({ ...person, password: 'not the password' })).toBe('INVALID_CREDENTIALS');
    expect(await failures(person)).toEqual([{ loggedIn: false, unverified: true }, { loggedIn: false }]);
    expect(await verifyEmail(users, token)).toEqual([]);
    expect(await login(person)).toBe('in');
    expect(await verifications(person)).toBe(1);
  });

  test('may send the same again when the answer was lost, at once or later: it counts once', async () => {
    const person = await newcomer();
    const token = tokenIn(await mailTo(smtp, person.email));
    const call = () => verifyEmail(users, token);
    expect(await meetAtWrite(users.database, 'email_tokens', [call, call])).toEqual([[], []]);
    const before = await verifiedAt(person);
    expect(await call()).toEqual([]);
    expect(await verifiedAt(person)).toEqual(before);
    expect(await verifications(person)).toBe(1);

    await users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await call()).toEqual(INVALID);
  });

  test('waits for whoever takes the account over at that moment, and they do not wait for them', async () => {
    const person = await newcomer();
    const token = tokenIn(await mailTo(smtp, person.email));
    const owner = users.database.createQueryRunner();
    await owner.startTransaction();
    try {
      // As the first owner is made: the user, then their tokens.
      const [[{ id }]] = await owner.query(
        `UPDATE users SET roles = '{OWNER}' WHERE email = $1 RETURNING id`,
        [person.email],
      );
      const answer = verifyEmail(users, token);
      await waitUntil(async () => (await waitingForLock(users.database)) > 0);
      await owner.query('DELETE FROM email_tokens WHERE user_id = $1', [id]);
      await owner.commitTransaction();
      expect(await answer).toEqual(INVALID);
    } finally {
      await owner.release();
    }
  });

  test('may use the token within a day', async () => {
    const person = await newcomer();
    const token = tokenIn(await mailTo(smtp, person.email));
    const [{ hours }] = await users.database.query(
      'SELECT extract(epoch FROM max(expires_at) - now())::float8 / 3600 AS hours FROM email_tokens',
    );
    expect(Math.ceil(hours as number)).toBe(24);
    await users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await verifyEmail(users, token)).toEqual(INVALID);
    expect(await verifiedAt(person)).toBeNull();
  });

  test('cannot verify with a token of another purpose', async () => {
    const person = await newcomer();
    await mailTo(smtp, person.email);
    const token = await resetTokenOf(users, smtp, person.email);
    expect(await verifyEmail(users, token)).toEqual(INVALID);
    expect(await verifyEmail(users, 'A'.repeat(43))).toEqual(INVALID);
    expect(await verifiedAt(person)).toBeNull();
  });

  test('gets another mail by registering again; after that, word that there is an account', async () => {
    const person = await newcomer();
    await mailTo(smtp, person.email);
    await register(users, { ...person, email: person.email.toUpperCase() });
    const second = await mailTo(smtp, person.email, 2);
    expect(second.subject).toBe('Please confirm your e-mail address');
    expect(await verifyEmail(users, tokenIn(second))).toEqual([]);

    await register(users, { ...person, password: 'the password of somebody else' });
    const third = await mailTo(smtp, person.email, 3);
    expect(third.subject).toBe('You already have an account');
    expect(third.text).toContain('requestPasswordReset');
    expect(third.text).not.toContain('#token=');
    expect(await login(person)).toBe('in');
  });

  test('writes nothing of their own to a stranger whose address they give', async () => {
    const lure = { ...ADA, email: 'stranger@example.com', displayName: 'You have won! evil.example' };
    await register(users, lure);
    const { source, text, subject } = await mailTo(smtp, lure.email);
    for (const said of [source, text, subject]) expect(said).not.toMatch(/won|evil/);
  });

  test.each(['Ada\r\nBcc: eve@evil.example', 'Ada\nBcc: eve@evil.example', 'Ada\rX: y'])(
    'has no line break in a name: %j',
    async (displayName) => {
      const { data } = await register(users, { ...ADA, email: 'broken@example.com', displayName });
      expect(data!.register.userErrors).toEqual([{ code: 'INVALID_INPUT', field: ['input', 'displayName'] }]);
    },
  );
});
