import { beforeAll, describe, expect, test } from '@jest/globals';
import { tokenIn, type SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { mailTo, resetTokenOf, verifyEmail } from '../testing/mail.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { ADA, register, type Person } from '../testing/people.js';
import type { RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';

const INVALID = [{ code: 'INVALID_TOKEN', field: ['input', 'token'] }];
const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { tokens { accessToken } userErrors { code } }
}`;

describe('registration where addresses must be verified', () => {
  const mailing = withMailServer({ APP_URL: 'https://app.example.com', REQUIRE_VERIFIED_EMAIL: 'true' });
  let users: RunningUsers;
  let smtp: SmtpCatcher;
  beforeAll(() => {
    ({ users, smtp } = mailing);
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

  test('sends a mail with a link, and rejects logins until the link has been opened', async () => {
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

  test('verifies once when the same token is sent again, at once or later', async () => {
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

  test('does not deadlock with the creation of the first owner', async () => {
    const person = await newcomer();
    const token = tokenIn(await mailTo(smtp, person.email));
    const owner = users.database.createQueryRunner();
    await owner.startTransaction();
    try {
      // In the order in which the first owner is created: the user, then their tokens.
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

  test('accepts the token for a day', async () => {
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

  test('rejects a token of another purpose', async () => {
    const person = await newcomer();
    await mailTo(smtp, person.email);
    const token = await resetTokenOf(users, smtp, person.email);
    expect(await verifyEmail(users, token)).toEqual(INVALID);
    expect(await verifyEmail(users, 'A'.repeat(43))).toEqual(INVALID);
    expect(await verifiedAt(person)).toBeNull();
  });

  test('sends another link for another registration, and after verification a notice of the account', async () => {
    const person = await newcomer();
    await mailTo(smtp, person.email);
    await register(users, { ...person, email: person.email.toUpperCase() });
    const second = await mailTo(smtp, person.email, 2);
    expect(second.subject).toBe('Please confirm your e-mail address');
    expect(await verifyEmail(users, tokenIn(second))).toEqual([]);

    await register(users, { ...person, password: 'the password of another person' });
    const third = await mailTo(smtp, person.email, 3);
    expect(third.subject).toBe('You already have an account');
    expect(third.text).toContain('requestPasswordReset');
    expect(third.text).not.toContain('#token=');
    expect(await login(person)).toBe('in');
  });

  test('mails no text of the caller to the address', async () => {
    const lure = { ...ADA, email: 'stranger@example.com', displayName: 'You have won! evil.example' };
    await register(users, lure);
    const { source, text, subject } = await mailTo(smtp, lure.email);
    for (const said of [source, text, subject]) expect(said).not.toMatch(/won|evil/);
  });

  test.each(['Ada\r\nBcc: eve@evil.example', 'Ada\nBcc: eve@evil.example', 'Ada\rX: y'])(
    'rejects a line break in a name: %j',
    async (displayName) => {
      const { data } = await register(users, { ...ADA, email: 'broken@example.com', displayName });
      expect(data!.register.userErrors).toEqual([{ code: 'INVALID_INPUT', field: ['input', 'displayName'] }]);
    },
  );
});
