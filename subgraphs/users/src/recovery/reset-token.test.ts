import { describe, expect, test } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import { strangerAt, tryPassword } from '../testing/from-address.js';
import { mailTo, resetPassword } from '../testing/mail.js';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { logIn, type Person } from '../testing/people.js';
import { withResets } from '../testing/with-resets.js';

const NEW = 'a wholly new password';
const ADDRESS = '192.0.2.1';
const INVALID = [{ code: 'INVALID_TOKEN', field: ['input', 'token'] }];

describe('a token for a password reset', () => {
  const resets = withResets();
  const { somebody, tokenOf, canLogIn } = resets;

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
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await resetPassword(resets.users, token, 'the second password')).toEqual(INVALID);
    expect(await canLogIn(ada, NEW)).toBe(true);
  });

  test('returns the same for a repeated call, which changes nothing', async () => {
    const ada = await somebody();
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
    const ada = await somebody();
    const token = await tokenOf(ada);
    const call = () => resetPassword(resets.users, token, NEW);
    expect(await meetAtWrite(resets.users.database, 'email_tokens', [call, call])).toEqual([[], []]);
    expect(await resetsOf(ada)).toBe(1);
  });

  test('is invalid once another token was used, even with the current password', async () => {
    const ada = await somebody();
    const [other, token] = [await tokenOf(ada), await tokenOf(ada)];
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    expect(await resetPassword(resets.users, other, NEW)).toEqual(INVALID);
  });

  test('cannot guess with a used token: that counts with wrong logins', async () => {
    const guesser = strangerAt(ADDRESS);
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
    for (let n = 0; n < 10; n += 1) {
      expect(await resetPassword(resets.users, token, `guess number ${n}`, guesser)).toEqual(INVALID);
    }
    const refused = await resetPassword(resets.users, token, NEW, guesser);
    expect(refused).toEqual([{ code: 'RATE_LIMITED', field: null }]);
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
    const ada = await somebody();
    const token = await tokenOf(ada);
    const calls = ['first', 'second', 'third'].map(
      (nth) => () => resetPassword(resets.users, token, `the ${nth} password`),
    );
    const answers = await meetAtWrite(resets.users.database, 'email_tokens', calls);
    expect(answers.filter((faults) => faults.length === 0)).toHaveLength(1);
    expect(answers.filter((faults) => faults.length > 0)).toEqual([INVALID, INVALID]);
  });

  test('sets one password in concurrent calls with two tokens', async () => {
    const ada = await somebody();
    const tokens = [await tokenOf(ada), await tokenOf(ada)];
    const calls = tokens.map((token) => () => resetPassword(resets.users, token, NEW));
    const answers = await meetAtWrite(resets.users.database, 'email_tokens', calls);
    expect(answers.toSorted((one, other) => one.length - other.length)).toEqual([[], INVALID]);
  });

  test('expires after an hour', async () => {
    const ada = await somebody();
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
    const [ada, bob] = [await somebody(), await somebody()];
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
    const ada = await somebody();
    expect(await resetPassword(resets.users, await tokenFor(ada), NEW)).toEqual(INVALID);
    expect(await canLogIn(ada, ada.password)).toBe(true);
  });

  test('stays valid when the new password is too weak', async () => {
    const ada = await somebody();
    const token = await tokenOf(ada);
    expect(await resetPassword(resets.users, token, 'too short')).toEqual([
      { code: 'WEAK_PASSWORD', field: ['input', 'newPassword'] },
    ]);
    expect(await resetPassword(resets.users, token, NEW)).toEqual([]);
  });
});
