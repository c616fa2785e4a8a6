import { afterAll, beforeAll } from '@jest/globals';
import { type CaughtMail, SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { runService, type RunningService } from './running-service.js';

/** Runs the service and a mail server for all tests of the surrounding `describe`. */
export function withMailbox(environment: Record<string, string> = {}) {
  let smtp: SmtpCatcher;
  let testDatabase: TestDatabase | undefined;
  let service: RunningService;
  const started: RunningService[] = [];
  const start = async () => {
    const replica = await runService(testDatabase!.url, {
      SMTP_URL: smtp.url,
      DRAIN_TIMEOUT_MS: '2000',
      ...environment,
    });
    started.push(replica);
    return replica;
  };
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    testDatabase = await createTestDatabase('email-subscriptions');
    service = await start();
  });
  afterAll(async () => {
    await Promise.all(started.map((each) => each.close()));
    await testDatabase?.drop();
    await smtp?.close();
  });
  return {
    get service() {
      return service;
    },
    get smtp() {
      return smtp;
    },
    /** Starts one more replica. */
    startReplica: start,
    /** Waits until all sign-ups are processed and all mails are sent. */
    settled: () =>
      waitUntil(async () => {
        const [{ open }] = await service.database.query<[{ open: boolean }]>(
          `SELECT EXISTS (SELECT FROM sign_ups WHERE kept_until IS NULL)
               OR EXISTS (SELECT FROM mail_jobs WHERE done_at IS NULL) AS open`,
        );
        return !open;
      }),
    /** Pretends that the mails to all addresses were sent longer ago. */
    async letTimePass(interval: string): Promise<void> {
      await service.database.query(
        'UPDATE confirmation_limits SET last_mail_at = last_mail_at - $1::interval',
        [interval],
      );
    },
  };
}

/** The token in the link of a confirmation mail. */
export function confirmationTokenIn({ text }: Pick<CaughtMail, 'text'>): string {
  return tokenAfter('confirm', text);
}

/** The token in the footer of a mail. */
export function unsubscribeTokenIn({ text }: Pick<CaughtMail, 'text'>): string {
  return tokenAfter('unsubscribe', text);
}

function tokenAfter(page: string, text: string): string {
  const token = new RegExp(`/${page}/([\\w-]+)`).exec(text)?.[1];
  if (!token) throw new Error(`no ${page} link in the mail:\n${text}`);
  return token;
}
