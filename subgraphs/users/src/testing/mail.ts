import type { AuthContext } from '@kit/auth';
import { SmtpCatcher, tokenIn, type CaughtMail } from '@supergraph/tools/smtp-catcher';
import type { RunningUsers } from './running-users.js';
import { waitUntil } from './wait-until.js';

interface Outcome {
  readonly userErrors: { readonly code: string; readonly field: string[] | null }[];
}

const mutate = async (
  users: RunningUsers,
  field: string,
  inputType: string,
  input: object,
  as?: AuthContext,
): Promise<Outcome['userErrors']> => {
  const { data } = await users.ask<Record<string, Outcome>>(
    `mutation ($input: ${inputType}!) { ${field}(input: $input) { userErrors { code field } } }`,
    { variables: { input }, as },
  );
  return data![field]!.userErrors;
};

export const requestPasswordReset = (users: RunningUsers, email: string) =>
  mutate(users, 'requestPasswordReset', 'RequestPasswordResetInput', { email });

export const resetPassword = (users: RunningUsers, token: string, newPassword: string, as?: AuthContext) =>
  mutate(users, 'resetPassword', 'ResetPasswordInput', { token, newPassword }, as);

export const verifyEmail = (users: RunningUsers, token: string) =>
  mutate(users, 'verifyEmail', 'VerifyEmailInput', { token });

/** Waits for the nth mail to an address. */
export async function mailTo(smtp: SmtpCatcher, email: string, nth = 1): Promise<CaughtMail> {
  await waitUntil(() => smtp.to(email).length >= nth);
  return smtp.to(email)[nth - 1]!;
}

/** Requests a password reset and returns the token of the mail. */
export async function resetTokenOf(users: RunningUsers, smtp: SmtpCatcher, email: string): Promise<string> {
  const before = smtp.to(email).length;
  await requestPasswordReset(users, email);
  return tokenIn(await mailTo(smtp, email, before + 1));
}

/** Waits until all jobs are done. */
export async function mailsDone(users: RunningUsers): Promise<void> {
  await waitUntil(async () => {
    const [{ count }] = await users.database.query<[{ count: number }]>(
      'SELECT count(*)::int FROM mail_jobs WHERE done_at IS NULL',
    );
    return count === 0;
  });
}

/** All jobs, the oldest first. `waits_s` is the time until the next attempt, in seconds. */
export function jobsOf(users: RunningUsers) {
  return users.database.query<{ attempts: number; outcome: string | null; waits_s: number }[]>(
    `SELECT attempts, outcome, extract(epoch FROM next_attempt_at - now())::float8 AS waits_s
       FROM mail_jobs ORDER BY created_at, id`,
  );
}

/** Makes every unfinished job due, and wakes the worker. */
export async function dueNow(users: RunningUsers): Promise<void> {
  await users.database.query('UPDATE mail_jobs SET next_attempt_at = now() WHERE done_at IS NULL');
  users.wakeMailWorker();
}

/** The lines of the log with this message. */
export function logged(users: RunningUsers, msg: string): Record<string, unknown>[] {
  return users.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['msg'] === msg);
}
