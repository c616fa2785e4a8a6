import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { SmtpCatcher, tokenIn } from '@supergraph/tools/smtp-catcher';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { freshEmail, logIn, newPerson, PASSWORD } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const REGISTER = `mutation ($email: String!) {
  register(input: { email: $email, password: "${PASSWORD}", displayName: "Ada" }) { accepted }
}`;
const VERIFY = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { userErrors { code } } }';
const REQUEST_RESET = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { accepted userErrors { code } }
}`;
const RESET = `mutation ($token: String!, $newPassword: String!) {
  resetPassword(input: { token: $token, newPassword: $newPassword }) { userErrors { code field } }
}`;

describe('mail', () => {
  let smtp: SmtpCatcher;
  let system: TestSystem;
  let url: string;
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    system = await startTestSystem({ env: { users: { SMTP_URL: smtp.url } } });
    url = system.gatewayUrl;
  });
  afterAll(async () => {
    await system?.stop();
    await smtp?.close();
  });
  const mailTo = async (email: string, nth = 1) => {
    const mails = await eventually(
      () => smtp.to(email),
      ({ length }) => length >= nth,
    );
    return mails[nth - 1]!;
  };
  const inUsersDatabase = <Row>(statement: string) =>
    withClient(system.databaseUrls.users!, async (client) => (await client.query(statement)).rows as Row[]);

  test('verifies an address', async () => {
    const email = freshEmail();
    await post(url, REGISTER, { variables: { email } });
    const token = tokenIn(await mailTo(email));
    const { data } = await post(url, VERIFY, { variables: { token } });
    expect(data).toEqual({ verifyEmail: { userErrors: [] } });
    expect((await post(url, VERIFY, { variables: { token } })).data).toEqual(data);
    const invalid = await post(url, VERIFY, { variables: { token: `${token}A` } });
    expect(invalid.data.verifyEmail.userErrors).toEqual([{ code: 'INVALID_TOKEN' }]);
  });

  test('resets a password, which revokes all sessions', async () => {
    const ada = await newPerson(url);
    await post(url, REQUEST_RESET, { variables: { email: ada.email } });
    const token = tokenIn(await mailTo(ada.email, 2));
    const newPassword = 'staple battery horse correct';
    const { data } = await post(url, RESET, { variables: { token, newPassword } });
    expect(data).toEqual({ resetPassword: { userErrors: [] } });
    await expect(logIn(url, ada.email, newPassword)).resolves.toMatchObject({ userId: ada.userId });
    await expect(logIn(url, ada.email)).rejects.toThrow('INVALID_CREDENTIALS');
    const refreshed = await post(
      url,
      'mutation ($refreshToken: String!) { refreshSession(input: { refreshToken: $refreshToken }) { tokens { accessToken } } }',
      { variables: { refreshToken: ada.refreshToken } },
    );
    expect(refreshed.data.refreshSession.tokens).toBeNull();
  });

  test('goes to no address with a path after its domain', async () => {
    const victim = freshEmail('victim');
    const withPath = `${victim}/x`;
    const before = smtp.mails.length;
    const register = `mutation ($email: String!) {
      register(input: { email: $email, password: "${PASSWORD}", displayName: "Ada" }) {
        accepted userErrors { code field message }
      }
    }`;
    const userErrors = [
      { code: 'INVALID_INPUT', field: ['input', 'email'], message: 'The domain must not contain a path.' },
    ];
    expect((await post(url, register, { variables: { email: withPath } })).data).toEqual({
      register: { accepted: false, userErrors },
    });
    const reset = REQUEST_RESET.replace('{ code }', '{ code field message }');
    expect((await post(url, reset, { variables: { email: withPath } })).data).toEqual({
      requestPasswordReset: { accepted: false, userErrors },
    });
    await expect(logIn(url, withPath)).rejects.toThrow('INVALID_CREDENTIALS');

    expect((await post(url, register, { variables: { email: victim } })).data).toEqual({
      register: { accepted: true, userErrors: [] },
    });
    await expect(logIn(url, victim)).resolves.toMatchObject({ userId: expect.any(String) });
    await mailTo(victim);
    await post(url, REQUEST_RESET, { variables: { email: victim } });
    const token = tokenIn(await mailTo(victim, 2));
    const newPassword = 'staple battery horse correct';
    const { data } = await post(url, RESET, { variables: { token, newPassword } });
    expect(data).toEqual({ resetPassword: { userErrors: [] } });
    expect(smtp.mails.slice(before).map(({ recipients }) => recipients)).toEqual([[victim], [victim]]);
  });

  test('has tokens that one operation can try only once', async () => {
    const twice = `mutation ($token: String!, $newPassword: String!) {
      a: resetPassword(input: { token: $token, newPassword: $newPassword }) { userErrors { code } }
      b: resetPassword(input: { token: $token, newPassword: $newPassword }) { userErrors { code } }
    }`;
    const response = await post(url, twice, { variables: { token: 'x', newPassword: PASSWORD } });
    expect(response.data).toBeUndefined();
    expect(codesOf(response)).toHaveLength(1);
  });

  test('is sent after its claim expires when its sender was killed, and not before', async () => {
    const email = freshEmail('interrupted');
    smtp.mood = 'is silent';
    const before = smtp.read;
    await post(url, REGISTER, { variables: { email } });
    await eventually(
      () => smtp.read,
      (read) => read > before,
    );
    system.processes.users!.kill('SIGKILL');
    await system.processes.users!.exited;
    smtp.mood = 'takes mail';
    await system.restart('users');

    const other = freshEmail('later');
    await eventually(
      () => post(url, REGISTER, { variables: { email: other } }),
      ({ data }) => data?.register?.accepted === true,
    );
    await mailTo(other);
    expect(smtp.to(email)).toEqual([]);
    const claimed = `mail_jobs WHERE email_normalized = '${email}'`;
    expect(
      await inUsersDatabase(`SELECT done_at, next_attempt_at > now() AS is_claimed FROM ${claimed}`),
    ).toEqual([{ done_at: null, is_claimed: true }]);
    await inUsersDatabase(`UPDATE mail_jobs SET next_attempt_at = now() WHERE email_normalized = '${email}'`);
    const token = tokenIn(await mailTo(email));
    await eventually(
      () => inUsersDatabase<{ outcome: string }>(`SELECT outcome FROM ${claimed}`),
      ([job]) => job?.outcome === 'SENT',
    );
    expect(smtp.to(email)).toHaveLength(1);
    const { data } = await post(url, VERIFY, { variables: { token } });
    expect(data.verifyEmail.userErrors).toEqual([]);
  });
});
