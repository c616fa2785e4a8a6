import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { patientHeaders, strangerAt, tryPassword } from '../testing/from-address.js';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { ADA, BOB, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

describe('asking for a new password', () => {
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
  const ask = async (ip: string | null, email = ADA.email) => {
    const { data } = await users.ask<{
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
    users.ask('mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
      variables: { input: { ...BOB, email } },
      headers: patientHeaders(strangerAt(ip)),
    });
  const many = <T>(count: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n)));
  const accepted = (answers: { code: string }[]) => answers.filter(({ code }) => code === 'OK').length;

  test('is free for the owner, however often others register the address and guess at it', async () => {
    await many(15, (n) => registerAs(ADA.email, `203.0.113.${n}`));
    await many(60, (n) => tryPassword(users, ADA.email, 'wrong horse', `203.0.113.${n % 6}`));
    expect(await tryPassword(users, ADA.email, ADA.password, ELSEWHERE)).toMatchObject({
      code: 'RATE_LIMITED',
    });
    expect(await ask(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('ends after ten from one network, and goes on elsewhere and for others', async () => {
    const answers = await many(40, () => ask(HERE));
    expect(accepted(answers)).toBe(10);
    const refused = answers.find(({ code }) => code === 'RATE_LIMITED')!;
    expect(refused.retryAfterSeconds).toBeGreaterThan(0);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(900);
    expect(await ask(ELSEWHERE)).toMatchObject({ code: 'OK' });
    expect(await ask(HERE, BOB.email)).toMatchObject({ code: 'OK' });
    await registerAs('new@example.com', HERE);
    expect(await tryPassword(users, 'new@example.com', BOB.password, HERE)).toMatchObject({ code: 'OK' });
  });

  test('ends after fifty from everywhere, each of which had a mail sent', async () => {
    expect(accepted(await many(60, (n) => ask(`203.0.113.${n}`)))).toBe(50);
    expect(await ask(ELSEWHERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const [sent] = await users.database.query(
      `SELECT count(*)::int FROM mail_jobs WHERE kind = 'PASSWORD_RESET' AND email_normalized = lower($1)`,
      [ADA.email],
    );
    expect(sent).toEqual({ count: 50 });
    expect(await ask(ELSEWHERE, BOB.email)).toMatchObject({ code: 'OK' });
  });

  test('is forgiven the owner, who used one of those mails', async () => {
    await many(60, (n) => ask(`203.0.113.${n}`));
    const token = await mailedToken(users, ADA.email, 'RESET_PASSWORD');
    expect(await resetPassword(users, token, 'an entirely new password')).toEqual([]);
    expect(await ask(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('ends after a hundred from one network, at however many addresses', async () => {
    expect(accepted(await many(105, (n) => ask(HERE, `person${n}@example.com`)))).toBe(100);
    expect(await ask(ELSEWHERE)).toMatchObject({ code: 'OK' });
  });

  test('is told the same of an unknown address', async () => {
    const shown = (answers: object[]) =>
      answers.map((answer) => JSON.stringify({ ...answer, retryAfterSeconds: null })).toSorted();
    const known = await many(12, () => ask(HERE));
    const unknown = await many(12, () => ask(HERE, 'nobody@example.com'));
    expect(shown(unknown)).toEqual(shown(known));
    expect(accepted(known)).toBe(10);
  });

  test('counts for the account alone when nobody knows from where', async () => {
    expect(accepted(await many(55, () => ask(null)))).toBe(50);
  });
});
