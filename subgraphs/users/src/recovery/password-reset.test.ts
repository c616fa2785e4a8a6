import { describe, expect, test } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import { mailsDone, mailTo, requestPasswordReset, resetPassword } from '../testing/mail.js';
import { ADA, logIn, register, type Person } from '../testing/people.js';
import { withResets } from '../testing/with-resets.js';
import { anonymousAt, tryPassword } from '../testing/from-address.js';
import { meetAtWrite } from '../testing/meet-at-write.js';

const NEW = 'a wholly new password';

const resets = withResets();
const { newPerson, tokenOf, canLogIn } = resets;

describe('a password reset', () => {
  test('mails a link, and the new password replaces the old one', async () => {
    const ada = await newPerson();
    expect(await requestPasswordReset(resets.users, ` ${ada.email.toUpperCase()} `)).toEqual([]);
    const mail = await mailTo(resets.smtp, ada.email, 2);
    expect(mail).toMatchObject({ to: ada.email, recipients: [ada.email], subject: 'Choose a new password' });
    const token = tokenIn(mail);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(mail.text).toContain(`\nhttps://app.example.com/reset-password#token=${token}\n`);
    expect(mail.text).toContain(`\n${token}\n`);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await canLogIn(ada, NEW)).toBe(true);
    expect(await canLogIn(ada, ada.password)).toBe(false);
  });

  test('verifies the address, revokes all sessions, and is audited', async () => {
    const ada = await newPerson();
    const { auth } = await logIn(resets.users, ada);
    await resetPassword(resets.users, await tokenOf(ada), NEW);
    const [user] = await resets.users.database.query(
      'SELECT id, email_verified_at FROM users WHERE email_normalized = $1',
      [ada.email],
    );
    expect(user.email_verified_at).toEqual(expect.any(Date));
    const sessions = await resets.users.database.query('SELECT ended_at FROM sessions WHERE user_id = $1', [
      user.id,
    ]);
    expect(sessions).toEqual([{ ended_at: expect.any(Date) }]);
    const { data } = await resets.users.ask('{ viewer { email } }', { as: auth });
    expect(data).toEqual({ viewer: null });
    const entries = await resets.users.database.query<{ action: string }[]>(
      `SELECT action, subject_id FROM audit_log WHERE subject_id = $1 AND action LIKE 'PASSWORD_%' ORDER BY id`,
      [user.id],
    );
    expect(entries).toEqual([
      { action: 'PASSWORD_RESET_REQUESTED', subject_id: user.id },
      { action: 'PASSWORD_RESET', subject_id: user.id },
    ]);
  });

  test('mails the address of the account, not the look-alike in the request', async () => {
    const mike = { ...ADA, email: 'mike@example.com' };
    await register(resets.users, mike);
    await mailTo(resets.smtp, mike.email);
    // KELVIN SIGN, whose small letter is an ordinary k.
    expect(await requestPasswordReset(resets.users, 'mi\u212Ae@example.com')).toEqual([]);
    await mailsDone(resets.users);
    expect(resets.smtp.to(mike.email)).toHaveLength(2);
    expect(resets.smtp.to('mi\u212Ae@example.com'.normalize('NFC'))).toEqual(resets.smtp.to(mike.email));
    expect(resets.smtp.mails.every(({ source }) => !source.includes('\u212A'))).toBe(true);
  });

  test('mails an address that was registered in full-width characters', async () => {
    await register(resets.users, { ...ADA, email: 'ｗｉｄｅ＠ｅｘａｍｐｌｅ．ｃｏｍ' });
    const mail = await mailTo(resets.smtp, 'wide@example.com');
    expect(mail.recipients).toEqual(['wide@example.com']);
  });

  test('returns the same without an account, and sends no mail', async () => {
    const known = await resets.users.ask(REQUEST, { variables: { email: (await newPerson()).email } });
    const unknown = await resets.users.ask(REQUEST, { variables: { email: 'nobody@example.com' } });
    expect(unknown).toEqual(known);
    expect(unknown.data).toEqual({ requestPasswordReset: { accepted: true, userErrors: [] } });
    await mailsDone(resets.users);
    expect(resets.smtp.to('nobody@example.com')).toEqual([]);
  });

  test('rejects an invalid address', async () => {
    const answer = await resets.users.ask(REQUEST, { variables: { email: 'ada' } });
    const userErrors = [{ code: 'INVALID_INPUT', field: ['input', 'email'] }];
    expect(answer.data).toEqual({ requestPasswordReset: { accepted: false, userErrors } });
  });

  test('explains which part of an address is invalid', async () => {
    const { data } = await resets.users.ask(
      `mutation { requestPasswordReset(input: { email: "ada@example.com/x" }) { userErrors { message } } }`,
    );
    const userErrors = [{ message: 'The domain must not contain a path.' }];
    expect(data).toEqual({ requestPasswordReset: { userErrors } });
  });

  test('leaves no address and no token in the log and the audit log', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    await resetPassword(resets.users, token, NEW);
    await resetPassword(resets.users, token, NEW);
    const [{ audited }] = await resets.users.database.query(
      `SELECT string_agg(audit_log::text, '') AS audited FROM audit_log`,
    );
    for (const text of [resets.users.log.join(''), audited as string]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(ada.email);
      expect(text).not.toContain(NEW);
    }
    const kept = await resets.users.database.query(
      `SELECT string_agg(email_tokens::text, '') AS rows FROM email_tokens`,
    );
    expect(kept[0].rows).not.toContain(token);
  });
});

const REQUEST = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { accepted userErrors { code field } }
}`;

const ADDRESS = '192.0.2.1';
const INVALID = [{ code: 'INVALID_TOKEN', field: ['input', 'token'] }];

describe('a token for a password reset', () => {
  const everything = () =>
    resets.users.database.query(`
      SELECT to_jsonb(users) AS row FROM users UNION ALL SELECT to_jsonb(sessions) FROM sessions
      UNION ALL SELECT to_jsonb(email_tokens) FROM email_tokens
      UNION ALL SELECT to_jsonb(audit_log) FROM audit_log ORDER BY 1`);
  const resetsOf = async ({ email }: Person) => {
    const rows = await resets.users.database.query(
      `SELECT 1 FROM audit_log, users
        WHERE action = 'PASSWORD_RESET' AND subject_id = users.id AND email = $1`,
      [email],
    );
    return (rows as object[]).length;
  };

  test('sets one password', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await resetPassword(resets.users, token, 'the second password')).toEqual(INVALID);
    expect(await canLogIn(ada, NEW)).toBe(true);
  });

  test('returns the same for a repeated call, which changes nothing', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    await logIn(resets.users, { ...ada, password: NEW });
    const before = await everything();
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await everything()).toEqual(before);

    await resets.users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await resetPassword(resets.users, token, NEW)).toEqual(INVALID);
  });

  test('returns the same for two concurrent calls, of which one is applied', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    const call = () => resetPassword(resets.users, token, NEW);
    expect(await meetAtWrite(resets.users.database, 'email_tokens', [call, call])).toEqual([[], []]);
    expect(await resetsOf(ada)).toBe(1);
  });

  test('is invalid once another token was used, even with the current password', async () => {
    const ada = await newPerson();
    const [other, token] = [await tokenOf(ada), await tokenOf(ada)];
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await resetPassword(resets.users, other, NEW)).toEqual(INVALID);
  });

  test('cannot guess with a used token: that counts with wrong logins', async () => {
    const guesser = anonymousAt(ADDRESS);
    const ada = await newPerson();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    for (let n = 0; n < 10; n += 1) {
      expect(await resetPassword(resets.users, token, `guess number ${n}`, guesser)).toEqual(INVALID);
    }
    const rejected = await resetPassword(resets.users, token, NEW, guesser);
    expect(rejected).toEqual([{ code: 'RATE_LIMITED', field: null }]);
    const login = await tryPassword(resets.users, ada.email, NEW, ADDRESS);
    expect(login).toMatchObject({ code: 'RATE_LIMITED' });
    const failed = await resets.users.database.query(
      `SELECT DISTINCT actor_id, detail FROM audit_log, users
        WHERE action = 'LOGIN_FAILED' AND subject_id = users.id AND email = $1`,
      [ada.email],
    );
    expect(failed).toContainEqual({ actor_id: null, detail: { loggedIn: false } });
    expect(failed).toHaveLength(1);
  });

  test('sets one password in concurrent calls with different ones', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    const calls = ['first', 'second', 'third'].map(
      (nth) => () => resetPassword(resets.users, token, `the ${nth} password`),
    );
    const answers = await meetAtWrite(resets.users.database, 'email_tokens', calls);
    expect(answers.filter((faults) => faults.length === 0)).toHaveLength(1);
    expect(answers.filter((faults) => faults.length > 0)).toEqual([INVALID, INVALID]);
  });

  test('sets one password in concurrent calls with two tokens', async () => {
    const ada = await newPerson();
    const tokens = [await tokenOf(ada), await tokenOf(ada)];
    const calls = tokens.map((token) => () => resetPassword(resets.users, token, NEW));
    const answers = await meetAtWrite(resets.users.database, 'email_tokens', calls);
    expect(answers.toSorted((one, other) => one.length - other.length)).toEqual([[], INVALID]);
  });

  test('expires after an hour', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    const [{ minutes }] = await resets.users.database.query(
      `SELECT extract(epoch FROM max(expires_at) - now())::float8 / 60 AS minutes FROM email_tokens
        WHERE purpose = 'RESET_PASSWORD'`,
    );
    expect(minutes).toBeGreaterThan(59);
    expect(minutes).toBeLessThanOrEqual(60);
    await resets.users.database.query(`UPDATE email_tokens SET expires_at = now() - interval '1 second'`);
    expect(await resetPassword(resets.users, token, NEW)).toEqual(INVALID);
    expect(await canLogIn(ada, ada.password)).toBe(true);
  });

  test('changes only the account of its user', async () => {
    const [ada, bob] = [await newPerson(), await newPerson()];
    const [adas, bobs] = [await tokenOf(ada), await tokenOf(bob)];
    expect(await resetPassword(resets.users, adas, NEW)).toEqual([]);
    expect(await canLogIn(bob, bob.password)).toBe(true);
    expect(await resetPassword(resets.users, bobs, 'something else again')).toEqual([]);
    expect(await canLogIn(ada, NEW)).toBe(true);
  });

  test.each([
    ['of another purpose', async (ada: Person) => tokenIn(await mailTo(resets.smtp, ada.email))],
    ['that was never issued', () => 'A'.repeat(43)],
    ['that is empty', () => ''],
    [
      'that is its hash',
      async (ada: Person) => {
        await tokenOf(ada);
        const [{ hash }] = await resets.users.database.query(
          'SELECT hash FROM email_tokens ORDER BY created_at DESC LIMIT 1',
        );
        return (hash as Buffer).toString('base64url');
      },
    ],
    ['of a megabyte', () => 'a'.repeat(1_000_000)],
    ['that is SQL', () => "' OR true --"],
    ['with a NUL', () => '\u0000'],
  ])('is invalid: one %s', async (_, tokenFor) => {
    const ada = await newPerson();
    expect(await resetPassword(resets.users, await tokenFor(ada), NEW)).toEqual(INVALID);
    expect(await canLogIn(ada, ada.password)).toBe(true);
  });

  test('stays valid when the new password is too weak', async () => {
    const ada = await newPerson();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, 'too short')).toEqual([
      { code: 'WEAK_PASSWORD', field: ['input', 'newPassword'] },
    ]);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
  });
});
