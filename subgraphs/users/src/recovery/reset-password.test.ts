import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SmtpCatcher, tokenIn } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { strangerAt, tryPassword } from '../testing/from-address.js';
import { mailsDone, mailTo, requestPasswordReset, resetPassword, resetTokenOf } from '../testing/mail.js';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, logIn, register, type Person } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const NEW = 'a wholly new password';
const ADDRESS = '192.0.2.1';
const INVALID = [{ code: 'INVALID_TOKEN', field: ['input', 'token'] }];

describe('who has forgotten their password', () => {
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  let users: RunningUsers;
  beforeAll(async () => {
    [testDatabase, smtp] = await Promise.all([createTestDatabase('users'), SmtpCatcher.start()]);
    users = await runUsers(testDatabase.url, { SMTP_URL: smtp.url, APP_URL: 'https://app.example.com' });
  });
  afterAll(async () => {
    await users?.close();
    await smtp?.close();
    await testDatabase?.drop();
  });
  let number = 0;
  const somebody = async (): Promise<Person> => {
    const person = { ...ADA, email: `ada-${(number += 1)}@example.com` };
    await register(users, person);
    await mailTo(smtp, person.email);
    return person;
  };
  const tokenOf = ({ email }: Person) => resetTokenOf(users, smtp, email);
  const canLogIn = (person: Person, password: string) =>
    logIn(users, { ...person, password }).then(
      () => true,
      () => false,
    );

  const everything = () =>
    users.database.query(`
      SELECT to_jsonb(users) AS row FROM users UNION ALL SELECT to_jsonb(sessions) FROM sessions
      UNION ALL SELECT to_jsonb(email_tokens) FROM email_tokens
      UNION ALL SELECT to_jsonb(audit_log) FROM audit_log ORDER BY 1`);
  const resetsOf = async ({ email }: Person) => {
    const rows = await users.database.query(
      `SELECT 1 FROM audit_log, users
        WHERE action = 'PASSWORD_RESET' AND subject_id = users.id AND email = $1`,
      [email],
    );
    return (rows as object[]).length;
  };

  test('gets a mail with a link, and the new password works instead of the old one', async () => {
    const ada = await somebody();
    expect(await requestPasswordReset(users, ` ${ada.email.toUpperCase()} `)).toEqual([]);
    const mail = await mailTo(smtp, ada.email, 2);
    expect(mail).toMatchObject({ to: ada.email, recipients: [ada.email], subject: 'Choose a new password' });
    const token = tokenIn(mail);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(mail.text).toContain(`\nhttps://app.example.com/reset-password#token=${token}\n`);
    expect(mail.text).toContain(`\n${token}\n`);
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    expect(await canLogIn(ada, NEW)).toBe(true);
    expect(await canLogIn(ada, ada.password)).toBe(false);
  });

  test('has a verified address and no session any more, and it is written down', async () => {
    const ada = await somebody();
    const { auth } = await logIn(users, ada);
    await resetPassword(users, await tokenOf(ada), NEW);
    const [user] = await users.database.query(
      'SELECT id, email_verified_at FROM users WHERE email_normalized = $1',
      [ada.email],
    );
    expect(user.email_verified_at).toEqual(expect.any(Date));
    const sessions = await users.database.query('SELECT ended_at FROM sessions WHERE user_id = $1', [
      user.id,
    ]);
    expect(sessions).toEqual([{ ended_at: expect.any(Date) }]);
    const { data } = await users.ask('{ viewer { email } }', { as: auth });
    expect(data).toEqual({ viewer: null });
    const entries = await users.database.query<{ action: string }[]>(
      `SELECT action, subject_id FROM audit_log WHERE subject_id = $1 AND action LIKE 'PASSWORD_%' ORDER BY id`,
      [user.id],
    );
    expect(entries).toEqual([
      { action: 'PASSWORD_RESET_REQUESTED', subject_id: user.id },
      { action: 'PASSWORD_RESET', subject_id: user.id },
    ]);
  });

  test('may choose one password with a token', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    expect(await resetPassword(users, token, 'the second password')).toEqual(INVALID);
    expect(await canLogIn(ada, NEW)).toBe(true);
  });

  test('may send the same again when the answer was lost: it answers as the first time and changes nothing', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    await logIn(users, { ...ada, password: NEW });
    const before = await everything();
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    expect(await everything()).toEqual(before);

    await users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await resetPassword(users, token, NEW)).toEqual(INVALID);
  });

  test('gets the same answer to the same call twice at once, of which one counts', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    const call = () => resetPassword(users, token, NEW);
    expect(await meetAtWrite(users.database, 'email_tokens', [call, call])).toEqual([[], []]);
    expect(await resetsOf(ada)).toBe(1);
  });

  test('cannot come with a token that another one took away, though the password is the one in force', async () => {
    const ada = await somebody();
    const [other, token] = [await tokenOf(ada), await tokenOf(ada)];
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    expect(await resetPassword(users, other, NEW)).toEqual(INVALID);
  });

  test('cannot guess with a used token: that counts with wrong logins', async () => {
    const guesser = strangerAt(ADDRESS);
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(users, token, NEW)).toEqual([]);
    for (let n = 0; n < 10; n += 1) {
      expect(await resetPassword(users, token, `guess number ${n}`, guesser)).toEqual(INVALID);
    }
    const refused = await resetPassword(users, token, NEW, guesser);
    expect(refused).toEqual([{ code: 'RATE_LIMITED', field: null }]);
    const login = await tryPassword(users, ada.email, NEW, ADDRESS);
    expect(login).toMatchObject({ code: 'RATE_LIMITED' });
    const failed = await users.database.query(
      `SELECT DISTINCT actor_id, detail FROM audit_log, users
        WHERE action = 'LOGIN_FAILED' AND subject_id = users.id AND email = $1`,
      [ada.email],
    );
    expect(failed).toContainEqual({ actor_id: null, detail: { loggedIn: false } });
    expect(failed).toHaveLength(1);
  });

  test('wins once with one token, however often it comes at once', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    const calls = ['first', 'second', 'third'].map(
      (nth) => () => resetPassword(users, token, `the ${nth} password`),
    );
    const answers = await meetAtWrite(users.database, 'email_tokens', calls);
    expect(answers.filter((faults) => faults.length === 0)).toHaveLength(1);
    expect(answers.filter((faults) => faults.length > 0)).toEqual([INVALID, INVALID]);
  });

  test('wins once with two tokens at once, too: each takes away the other', async () => {
    const ada = await somebody();
    const tokens = [await tokenOf(ada), await tokenOf(ada)];
    const calls = tokens.map((token) => () => resetPassword(users, token, NEW));
    const answers = await meetAtWrite(users.database, 'email_tokens', calls);
    expect(answers.toSorted((one, other) => one.length - other.length)).toEqual([[], INVALID]);
  });

  test('may use the token within an hour', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    const [{ minutes }] = await users.database.query(
      `SELECT extract(epoch FROM max(expires_at) - now())::float8 / 60 AS minutes FROM email_tokens
        WHERE purpose = 'RESET_PASSWORD'`,
    );
    expect(minutes).toBeGreaterThan(59);
    expect(minutes).toBeLessThanOrEqual(60);
    await users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await resetPassword(users, token, NEW)).toEqual(INVALID);
    expect(await canLogIn(ada, ada.password)).toBe(true);
  });

  test('changes no other account than their own', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const [adas, bobs] = [await tokenOf(ada), await tokenOf(bob)];
    expect(await resetPassword(users, adas, NEW)).toEqual([]);
    expect(await canLogIn(bob, bob.password)).toBe(true);
    expect(await resetPassword(users, bobs, 'something else again')).toEqual([]);
    expect(await canLogIn(ada, NEW)).toBe(true);
  });

  test.each([
    ['of another purpose', async (ada: Person) => tokenIn(await mailTo(smtp, ada.email))],
    ['that nobody gave out', () => 'A'.repeat(43)],
    ['that is empty', () => ''],
    [
      'that is its hash',
      async (ada: Person) => {
        await tokenOf(ada);
        const [{ hash }] = await users.database.query(
          'SELECT hash FROM email_tokens ORDER BY created_at DESC LIMIT 1',
        );
        return (hash as Buffer).toString('base64url');
      },
    ],
    ['of a megabyte', () => 'a'.repeat(1_000_000)],
    ['that is SQL', () => "' OR true --"],
    ['with a NUL', () => '\u0000'],
  ])('gets nowhere with a token %s', async (_, tokenFor) => {
    const ada = await somebody();
    expect(await resetPassword(users, await tokenFor(ada), NEW)).toEqual(INVALID);
    expect(await canLogIn(ada, ada.password)).toBe(true);
  });

  test('keeps the token when the new password is too weak', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(users, token, 'too short')).toEqual([
      { code: 'WEAK_PASSWORD', field: ['input', 'newPassword'] },
    ]);
    expect(await resetPassword(users, token, NEW)).toEqual([]);
  });

  test('gets the mail at the address of the account, not at a look-alike that was typed', async () => {
    const mike = { ...ADA, email: 'mike@example.com' };
    await register(users, mike);
    await mailTo(smtp, mike.email);
    // KELVIN SIGN, whose small letter is an ordinary k.
    expect(await requestPasswordReset(users, 'mi\u212Ae@example.com')).toEqual([]);
    await mailsDone(users);
    expect(smtp.to(mike.email)).toHaveLength(2);
    expect(smtp.to('mi\u212Ae@example.com'.normalize('NFC'))).toEqual(smtp.to(mike.email));
    expect(smtp.mails.every(({ source }) => !source.includes('\u212A'))).toBe(true);
  });

  test('without an account gets the same answer and no mail', async () => {
    const known = await users.ask(REQUEST, { variables: { email: (await somebody()).email } });
    const unknown = await users.ask(REQUEST, { variables: { email: 'nobody@example.com' } });
    expect(unknown).toEqual(known);
    expect(unknown.data).toEqual({ requestPasswordReset: { accepted: true, userErrors: [] } });
    await mailsDone(users);
    expect(smtp.to('nobody@example.com')).toEqual([]);
  });

  test('is told when that is no address', async () => {
    const answer = await users.ask(REQUEST, { variables: { email: 'ada' } });
    const userErrors = [{ code: 'INVALID_INPUT', field: ['input', 'email'] }];
    expect(answer.data).toEqual({ requestPasswordReset: { accepted: false, userErrors } });
  });

  test('leaves no address and no token in the log and the audit log', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    await resetPassword(users, token, NEW);
    await resetPassword(users, token, NEW);
    const [{ audited }] = await users.database.query(
      `SELECT string_agg(audit_log::text, '') AS audited FROM audit_log`,
    );
    for (const text of [users.log.join(''), audited as string]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(ada.email);
      expect(text).not.toContain(NEW);
    }
    const kept = await users.database.query(
      `SELECT string_agg(email_tokens::text, '') AS rows FROM email_tokens`,
    );
    expect(kept[0].rows).not.toContain(token);
  });
});

const REQUEST = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { accepted userErrors { code field } }
}`;
