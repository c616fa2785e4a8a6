import { describe, expect, test } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import { mailsDone, mailTo, requestPasswordReset, resetPassword } from '../testing/mail.js';
import { ADA, logIn, register } from '../testing/people.js';
import { withResets } from '../testing/with-resets.js';

const NEW = 'a wholly new password';

describe('a password reset', () => {
  const resets = withResets();
  const { somebody, tokenOf, canLogIn } = resets;

  test('mails a link, and the new password replaces the old one', async () => {
    const ada = await somebody();
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
    const ada = await somebody();
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
    const known = await resets.users.ask(REQUEST, { variables: { email: (await somebody()).email } });
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

  test('leaves neither address nor token in the log and the audit log', async () => {
    const ada = await somebody();
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
