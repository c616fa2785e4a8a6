import { describe, expect, test } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import {
  dueNow,
  jobsOf,
  logged,
  mailsDone,
  mailTo,
  requestPasswordReset,
  verifyEmail,
} from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';

const NOT_SENT_YET = 'a mail could not be sent yet';

describe('the mail worker', () => {
  const mailing = withMailServer();

  test('sends mail that the mail server accepts only later, once', async () => {
    const { users, smtp } = mailing;
    await smtp.close();
    await register(users, ADA);
    await waitUntil(() => logged(users, NOT_SENT_YET).length > 0);
    expect((await jobsOf(users))[0]).toMatchObject({ attempts: 1, outcome: null });
    expect(smtp.mails).toEqual([]);
    await smtp.listen();
    await dueNow(users);
    const mail = await mailTo(smtp, ADA.email);
    await mailsDone(users);
    expect(smtp.mails).toHaveLength(1);
    expect(await verifyEmail(users, tokenIn(mail))).toEqual([]);
    expect((await jobsOf(users))[0]).toMatchObject({ outcome: 'SENT' });
  });

  test('keeps the Message-ID when it sends a mail again that may have arrived', async () => {
    const { users, smtp } = mailing;
    smtp.mood = 'hangs up';
    await register(users, ADA);
    await waitUntil(() => logged(users, NOT_SENT_YET).length > 0);
    expect(smtp.read).toBe(1);
    smtp.mood = 'takes mail';
    await dueNow(users);
    const { messageId } = await mailTo(smtp, ADA.email);
    const [{ id }] = await users.database.query('SELECT id FROM mail_jobs');
    expect(messageId).toBe(`<${id}@127.0.0.1>`);
  });

  test('retries with exponential backoff, and gives up after a day', async () => {
    const { users, smtp } = mailing;
    smtp.mood = 'is busy';
    await register(users, ADA);
    await waitUntil(() => logged(users, NOT_SENT_YET).length === 1);
    await users.database.query('UPDATE mail_jobs SET attempts = 40');
    await dueNow(users);
    await waitUntil(() => logged(users, NOT_SENT_YET).length === 2);
    const [first, second] = logged(users, NOT_SENT_YET);
    expect(first!['retryMs']).toBeLessThanOrEqual(1_000);
    expect(second!['retryMs']).toBeGreaterThanOrEqual(450_000);
    expect(second!['retryMs']).toBeLessThanOrEqual(900_000);
    await users.database.query(`UPDATE mail_jobs SET created_at = now() - interval '25 hours'`);
    await dueNow(users);
    await waitUntil(() => logged(users, 'a mail was not sent').length === 1);
    expect(logged(users, 'a mail was not sent')).toEqual([
      expect.objectContaining({
        level: 50,
        kind: 'REGISTRATION',
        outcome: 'GIVEN_UP',
        fault: expect.objectContaining({ responseCode: 451 }),
      }),
    ]);
    expect(await jobsOf(users)).toEqual([expect.objectContaining({ outcome: 'GIVEN_UP' })]);
  });

  test('does not send mail that is older than a day, whether or not it was tried before', async () => {
    const { users, smtp } = mailing;
    await register(users, ADA);
    await mailTo(smtp, ADA.email);
    await mailsDone(users);
    await users.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, attempts)
       SELECT gen_random_uuid(), kind, email_normalized, now() - interval '27 hours', now(), tried
       FROM mail_jobs, generate_series(0, 1) AS tried`,
    );
    users.wakeMailWorker();
    await mailsDone(users);
    expect(new Set((await jobsOf(users)).map(({ outcome }) => outcome))).toEqual(
      new Set(['SENT', 'GIVEN_UP']),
    );
    expect(smtp.mails).toHaveLength(1);
  });

  test('does not retry when the mail server rejects the mailbox', async () => {
    const { users, smtp } = mailing;
    smtp.mood = 'knows nobody';
    await register(users, ADA);
    await mailsDone(users);
    expect(await jobsOf(users)).toEqual([expect.objectContaining({ attempts: 1, outcome: 'REFUSED' })]);
    await waitUntil(() => logged(users, 'a mail was not sent').length > 0);
    expect(logged(users, 'a mail was not sent')).toEqual([
      expect.objectContaining({ fault: expect.objectContaining({ responseCode: 550 }) }),
    ]);
  });

  test('retries when the mail server rejects our configuration', async () => {
    const { users, smtp } = mailing;
    smtp.mood = 'relays nothing';
    await register(users, ADA);
    await waitUntil(() => logged(users, NOT_SENT_YET).length > 0);
    expect(logged(users, NOT_SENT_YET)).toEqual([
      expect.objectContaining({
        fault: expect.objectContaining({ responseCode: 550, enhancedCode: '5.7.1' }),
      }),
    ]);
    smtp.mood = 'takes mail';
    await dueNow(users);
    await mailTo(smtp, ADA.email);
    await mailsDone(users);
    expect(await jobsOf(users)).toEqual([expect.objectContaining({ outcome: 'SENT' })]);
  });

  test.each([
    ['http://127.0.0.1:4000', 1],
    ['https://app.example.com', 0],
  ])('with APP_URL=%s warns %i times that links lead only to this machine', async (APP_URL, times) => {
    const users = await mailing.startReplica({ APP_URL });
    const told = users.log.filter((line) => line.includes('links in mails lead to this machine alone'));
    expect(told).toHaveLength(times);
  });
});

describe('replicas of the mail worker', () => {
  const mailing = withMailServer({ SMTP_URL: '' });
  const startWorker = () => mailing.startReplica({ SMTP_URL: mailing.smtp.url });

  test('leave mail waiting while none has a mail server, and warn once', async () => {
    const replica = await mailing.startReplica();
    await register(replica, ADA);
    expect(
      logged(replica, 'no mail is sent: neither SMTP_URL nor MAIL_FOLDER is set; mails wait'),
    ).toHaveLength(1);
    expect(await jobsOf(replica)).toEqual([expect.objectContaining({ attempts: 0, outcome: null })]);
    await startWorker();
    await mailTo(mailing.smtp, ADA.email);
  });

  test('send each mail once when they start at the same time', async () => {
    const { users, smtp } = mailing;
    const people = Array.from({ length: 12 }, (_, index) => ({
      ...ADA,
      email: `person-${index}@example.com`,
    }));
    await Promise.all(people.map((person) => register(users, person)));
    await Promise.all([startWorker(), startWorker()]);
    await mailsDone(users);
    expect(smtp.mails.map(({ recipients }) => recipients.join()).toSorted()).toEqual(
      people.map(({ email }) => email).toSorted(),
    );
    expect(new Set(smtp.mails.map(({ messageId }) => messageId)).size).toBe(people.length);
  });

  test('take over mail whose lease has expired in another one', async () => {
    const { smtp } = mailing;
    const hanging = await startWorker();
    smtp.mood = 'is silent';
    await register(hanging, ADA);
    await waitUntil(() => smtp.read === 1);
    smtp.mood = 'takes mail';
    const other = await startWorker();
    await requestPasswordReset(other, ADA.email);
    expect((await mailTo(smtp, ADA.email)).subject).toBe('Choose a new password');
    const [leased] = await jobsOf(other);
    expect(leased).toMatchObject({ attempts: 1, outcome: null });
    expect(leased!.waits_s).toBeGreaterThan(30);
    // The first replica may renew its lease before the other one looks.
    await waitUntil(async () => {
      await other.database.query(
        'UPDATE mail_jobs SET next_attempt_at = now() WHERE done_at IS NULL AND attempts = 1',
      );
      other.wakeMailWorker();
      return (await jobsOf(other))[0]!.attempts === 2;
    });
    expect((await mailTo(smtp, ADA.email, 2)).subject).toBe('Please confirm your e-mail address');
    await mailsDone(other);
    expect(smtp.mails).toHaveLength(2);
  });
});
