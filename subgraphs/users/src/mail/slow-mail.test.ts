import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@kit/service';
import { jobsOf, mailsDone, mailTo } from '../testing/mail.js';
import { ADA, register, type Person } from '../testing/people.js';
import { configOf } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';
import type { MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { MailWorker } from './mail-worker.js';
import { MOST_IN_FLIGHT, SendLimiter } from './send-limiter.js';
import { SmtpTransport } from './smtp-transport.js';

const PEOPLE: Person[] = ['ada', 'bob', 'cyd', 'dan', 'eve'].map((name) => ({
  ...ADA,
  email: `${name}@example.com`,
}));
const SLOW_AFTER_MS = 10;
const RENEW_LEASE_MS = 20;

describe('mail that takes long', () => {
  const mailing = withMailServer({ SMTP_URL: '' });
  let worker: MailWorker | undefined;
  afterEach(async () => {
    await worker?.beforeApplicationShutdown();
    worker = undefined;
  });
  /** Starts a worker next to the service, which sends no mail itself. */
  const startWorker = (environment: Record<string, string> = {}, transport?: MailTransport) => {
    const { users, smtp } = mailing;
    const settings = configOf('postgres://unused/unused', environment);
    worker = new MailWorker(
      users.database,
      new MailDrafts(users.database, settings),
      new SendLimiter(SLOW_AFTER_MS),
      transport ?? new SmtpTransport(smtp.url, settings),
      RENEW_LEASE_MS,
      settings,
      createLogger('users', 'silent'),
    );
    worker.start();
    // The service wakes its own worker, not this one.
    const wake = async (person: Person) => {
      await register(users, person);
      worker!.wake();
    };
    return { worker, registerAndWake: wake };
  };
  const sender = () => mailing.startReplica({ SMTP_URL: mailing.smtp.url });

  test('does not hold up other mail once the mail server has recovered', async () => {
    const { registerAndWake } = startWorker({ DRAIN_TIMEOUT_MS: '200' });
    const { smtp } = mailing;
    smtp.mood = 'is silent';
    await Promise.all(PEOPLE.slice(0, 4).map(registerAndWake));
    await waitUntil(() => smtp.read === 4);
    smtp.mood = 'takes mail';
    await registerAndWake(PEOPLE[4]!);
    await mailTo(smtp, PEOPLE[4]!.email);
    expect(smtp.mails).toHaveLength(1);
  });

  test('stays leased, is finished before the worker stops, and is sent once', async () => {
    const { registerAndWake } = startWorker();
    const { users, smtp } = mailing;
    smtp.hold();
    await Promise.all(PEOPLE.map(registerAndWake));
    await waitUntil(() => smtp.read === PEOPLE.length);
    await sender();
    await users.database.query(`UPDATE mail_jobs SET next_attempt_at = now() + interval '30 s'`);
    await waitUntil(async () => (await jobsOf(users)).every(({ waits_s }) => waits_s > 30));

    const stopped = worker!.beforeApplicationShutdown();
    smtp.release();
    await stopped;
    expect(await jobsOf(users)).toEqual(
      PEOPLE.map(() => expect.objectContaining({ attempts: 1, outcome: 'SENT' })),
    );
    expect(smtp.mails).toHaveLength(PEOPLE.length);
  });

  test('is bounded, and leaves the rest to another replica', async () => {
    const finish: (() => void)[] = [];
    const { registerAndWake } = startWorker(
      {},
      { send: () => new Promise<void>((resolve) => finish.push(resolve)) },
    );
    const { users, smtp } = mailing;
    await registerAndWake(ADA);
    await users.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at)
       SELECT gen_random_uuid(), kind, email_normalized, now(), now() FROM mail_jobs, generate_series(1, $1)`,
      [2 * MOST_IN_FLIGHT - 1],
    );
    await waitUntil(() => finish.length === MOST_IN_FLIGHT);
    await sender();
    await waitUntil(() => smtp.mails.length === MOST_IN_FLIGHT);
    expect(finish).toHaveLength(MOST_IN_FLIGHT);
    for (const done of finish) done();
    await mailsDone(users);
  });

  test('is finished before the service stops', async () => {
    const { smtp } = mailing;
    const replica = await mailing.startReplica({ SMTP_URL: smtp.url, DRAIN_TIMEOUT_MS: '10000' });
    smtp.hold();
    await register(replica, ADA);
    await waitUntil(() => smtp.read === 1);
    const stopped = mailing.stop(replica);
    smtp.release();
    await stopped;
    expect(await jobsOf(mailing.users)).toEqual([expect.objectContaining({ attempts: 1, outcome: 'SENT' })]);
    expect(smtp.mails).toHaveLength(1);
  });

  test('delays the end of the service for half of the drain window at most, and is sent by the next one', async () => {
    const { smtp } = mailing;
    const replica = await sender();
    smtp.mood = 'is silent';
    await register(replica, ADA);
    await waitUntil(() => smtp.read === 1);
    await mailing.stop(replica);
    smtp.mood = 'takes mail';
    const next = await sender();
    await mailTo(smtp, ADA.email);
    await mailsDone(next);
    expect(await jobsOf(next)).toEqual([expect.objectContaining({ attempts: 2, outcome: 'SENT' })]);
  });
});
