import { beforeEach, describe, expect, test } from '@jest/globals';
import { patientHeaders, strangerAt, tryPassword } from '../testing/from-address.js';
import { LIMITS, many, PER_ACCOUNT, PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, tally } from '../testing/limits.js';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { ADA, BOB, register } from '../testing/people.js';
import { withUsers } from '../testing/with-users.js';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

describe('requesting a password reset', () => {
  const service = withUsers(() => LIMITS);
  beforeEach(() => Promise.all([ADA, BOB].map((person) => register(service.users, person))));
  const request = async (ip: string | null, email = ADA.email) => {
    const { data } = await service.users.ask<{
      requestPasswordReset: { userErrors: { code: string; retryAfterSeconds: number }[] };
    }>(
      `mutation ($input: RequestPasswordResetInput!) {
        requestPasswordReset(input: $input) { userErrors { code message retryAfterSeconds } }
      }`,
      { variables: { input: { email } }, headers: patientHeaders(ip === null ? undefined : strangerAt(ip)) },
    );
    return data!.requestPasswordReset.userErrors[0] ?? { code: 'OK', retryAfterSeconds: 0 };
  };
  const registerAs = (email: string, ip: string) =>
    service.users.ask('mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
      variables: { input: { ...BOB, email } },
      headers: patientHeaders(strangerAt(ip)),
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
    const refused = answers.find(({ code }) => code === 'RATE_LIMITED')!;
    expect(refused.retryAfterSeconds).toBeGreaterThan(0);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(900);
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
