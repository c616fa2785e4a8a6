import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { pino } from 'pino';
import { optionsOf } from '../testing/mail-service.js';
import { withMail } from '../testing/with-mail.js';
import type { MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { MailWorker } from './mail-worker.js';
import { MOST_IN_FLIGHT, SendLimiter } from './send-limiter.js';
import { SmtpTransport } from './smtp-transport.js';

const ADA = 'ada@example.com';
const SLOW_AFTER_MS = 10;
const RENEW_LEASE_MS = 20;

describe('mail that takes long', () => {
  const mail = withMail();
  let worker: MailWorker | undefined;
  afterEach(async () => {
    await worker?.beforeApplicationShutdown();
    worker = undefined;
  });
  /** Starts a worker for which mails are slow early. */
  const startWorker = (drainMs: number, transport?: MailTransport) => {
    const { database, smtp } = mail;
    const options = optionsOf({ drainMs });
    const sender = { from: options.from, messageIdDomain: 'example.com' };
    worker = new MailWorker(
      database,
      new MailDrafts(database, options),
      new SendLimiter(SLOW_AFTER_MS),
      transport ?? new SmtpTransport(smtp.url, sender),
      RENEW_LEASE_MS,
      options,
      pino({ level: 'silent' }),
    );
    worker.start();
    const enqueue = async (...addresses: string[]) => {
      await mail.enqueue(...addresses);
      worker!.wake();
    };
    return { worker, enqueue };
  };
  const people = (count: number) => Array.from({ length: count }, (_, n) => `person-${n}@example.com`);

  test('does not hold up other mail once the mail server has recovered', async () => {
    const { enqueue } = startWorker(100);
    const { smtp } = mail;
    smtp.mood = 'is silent';
    await enqueue(...people(4));
    await waitUntil(() => smtp.read === 4);
    smtp.mood = 'takes mail';
    await enqueue(ADA);
    await mail.mailTo(ADA);
    expect(smtp.mails).toHaveLength(1);
  });

  test('stays leased, is finished before the worker stops, and is sent once', async () => {
    const { worker, enqueue } = startWorker(10_000);
    const { smtp } = mail;
    smtp.hold();
    await enqueue(...people(5));
    await waitUntil(() => smtp.read === 5);
    await mail.startService();
    await mail.database.query(`UPDATE mail_jobs SET next_attempt_at = now() + interval '30 s'`);
    await waitUntil(async () => (await mail.jobs()).every(({ waits_s }) => waits_s > 30));

    const stopped = worker.beforeApplicationShutdown();
    smtp.release();
    await stopped;
    expect(await mail.jobs()).toEqual(
      people(5).map(() => expect.objectContaining({ attempts: 1, outcome: 'SENT' })),
    );
    expect(smtp.mails).toHaveLength(5);
  });

  test('is bounded, and leaves the rest to another replica', async () => {
    const finish: (() => void)[] = [];
    const { enqueue } = startWorker(10_000, {
      send: () => new Promise<void>((resolve) => finish.push(resolve)),
    });
    await enqueue(...people(2 * MOST_IN_FLIGHT));
    await waitUntil(() => finish.length === MOST_IN_FLIGHT);
    await mail.startService();
    await waitUntil(() => mail.smtp.mails.length === MOST_IN_FLIGHT);
    expect(finish).toHaveLength(MOST_IN_FLIGHT);
    for (const done of finish) done();
    await mail.allDone();
  });

  test('is finished before the service stops', async () => {
    const { smtp } = mail;
    const service = await mail.startService({ smtpUrl: smtp.url, drainMs: 10_000 });
    smtp.hold();
    await mail.enqueue(ADA);
    await waitUntil(() => smtp.read === 1);
    const stopped = mail.stop(service);
    smtp.release();
    await stopped;
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 1, outcome: 'SENT' })]);
    expect(smtp.mails).toHaveLength(1);
  });

  test('delays the end of the service for `drainMs` at most, and is sent by the next one', async () => {
    const { smtp } = mail;
    const service = await mail.startService();
    smtp.mood = 'is silent';
    await mail.enqueue(ADA);
    await waitUntil(() => smtp.read === 1);
    await mail.stop(service);
    smtp.mood = 'takes mail';
    await mail.startService();
    await mail.mailTo(ADA);
    await mail.allDone();
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 2, outcome: 'SENT' })]);
  });
});
