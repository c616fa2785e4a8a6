import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@supergraph/service/logger';
import { readConfig } from '../config.js';
import { jobsOf, mailsDone, mailTo } from '../testing/mail.js';
import { ADA, register, type Person } from '../testing/people.js';
import { SIGNING_KEY_SECRET, TXN_TOKEN_SECRET, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';
import type { MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { MailWorker } from './mail-worker.js';
import { MOST_UNDER_WAY, SendLimiter } from './send-limiter.js';
import { SmtpTransport } from './smtp-transport.js';

const PEOPLE: Person[] = ['ada', 'bob', 'cyd', 'dan', 'eve'].map((name) => ({
  ...ADA,
  email: `${name}@example.com`,
}));

describe('mails that take long', () => {
  let worker: MailWorker | undefined;
  // Before the database goes.
  afterEach(async () => {
    await worker?.beforeApplicationShutdown();
    worker = undefined;
  });
  const mailing = withMailServer();

  /** A service that sends no mail itself, and a worker beside it for which a mail is slow after some milliseconds. */
  const start = async (
    environment: Record<string, string> = {},
    transport?: MailTransport,
  ): Promise<RunningUsers> => {
    const users = await mailing.start({ SMTP_URL: '' });
    const settings = readConfig({
      DATABASE_URL: 'postgres://unused/unused',
      TXN_TOKEN_SECRET,
      SIGNING_KEY_SECRET,
      ...environment,
    });
    worker = new MailWorker(
      users.database,
      new MailDrafts(users.database, settings),
      new SendLimiter(10),
      transport ?? new SmtpTransport(mailing.smtp.url, settings),
      settings,
      createLogger('users', 'info', { write: () => undefined }),
    );
    worker.start();
    return users;
  };

  test('or hang do not hold up the others when the mail server is well again', async () => {
    const users = await start({ DRAIN_TIMEOUT_MS: '400' });
    mailing.smtp.mood = 'is silent';
    await Promise.all(PEOPLE.slice(0, 4).map((person) => register(users, person)));
    await waitUntil(() => mailing.smtp.read === 4);
    mailing.smtp.mood = 'takes mail';
    await register(users, PEOPLE[4]!);
    await mailTo(mailing.smtp, PEOPLE[4]!.email);
    expect(mailing.smtp.mails).toHaveLength(1);
  });

  test('stay claimed, are finished before the service ends, and are sent once', async () => {
    const users = await start();
    mailing.smtp.hold();
    await Promise.all(PEOPLE.map((person) => register(users, person)));
    await waitUntil(() => mailing.smtp.read === PEOPLE.length);
    await users.database.query(`UPDATE mail_jobs SET next_attempt_at = now() + interval '30 s'`);
    await waitUntil(async () => (await jobsOf(users)).every(({ waits_s }) => waits_s > 30));

    const stopped = worker!.beforeApplicationShutdown();
    mailing.smtp.release();
    await stopped;
    expect(await jobsOf(users)).toEqual(
      PEOPLE.map(() => expect.objectContaining({ attempts: 1, outcome: 'SENT' })),
    );
    expect(mailing.smtp.mails).toHaveLength(PEOPLE.length);
  });

  test('are bounded, and leave the others to another replica', async () => {
    const finish: (() => void)[] = [];
    const users = await start({}, { send: () => new Promise<void>((resolve) => finish.push(resolve)) });
    await register(users, ADA);
    await users.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at)
       SELECT gen_random_uuid(), kind, email_normalized, now(), now() FROM mail_jobs, generate_series(1, $1)`,
      [2 * MOST_UNDER_WAY - 1],
    );
    await waitUntil(() => finish.length === MOST_UNDER_WAY);
    await mailing.start();
    await waitUntil(() => mailing.smtp.mails.length === MOST_UNDER_WAY);
    expect(finish).toHaveLength(MOST_UNDER_WAY);
    for (const done of finish) done();
    await mailsDone(users);
  });
});
