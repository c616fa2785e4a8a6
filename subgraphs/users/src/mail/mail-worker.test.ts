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

describe('a mail that was asked for', () => {
  const mailing = withMailServer();

  test('is sent once, whichever of two replicas comes first', async () => {
    const people = Array.from({ length: 12 }, (_, index) => ({
      ...ADA,
      email: `person-${index}@example.com`,
    }));
    // All of it is due when both begin.
    const without = await mailing.start({ SMTP_URL: '' });
    await Promise.all(people.map((person) => register(without, person)));
    const [one] = await Promise.all([mailing.start(), mailing.start()]);
    await mailsDone(one);
    expect(mailing.smtp.mails.map(({ recipients }) => recipients.join()).toSorted()).toEqual(
      people.map(({ email }) => email).toSorted(),
    );
    expect(new Set(mailing.smtp.mails.map(({ messageId }) => messageId)).size).toBe(people.length);
  });

  test('waits while the mail server is away, and is sent once when it is back', async () => {
    await mailing.smtp.close();
    const users = await mailing.start();
    await register(users, ADA);
    await waitUntil(() => logged(users, 'a mail could not be sent yet').length > 0);
    expect((await jobsOf(users))[0]).toMatchObject({ attempts: 1, outcome: null });
    expect(mailing.smtp.mails).toEqual([]);
    await mailing.smtp.listen();
    await dueNow(users);
    const mail = await mailTo(mailing.smtp, ADA.email);
    await mailsDone(users);
    expect(mailing.smtp.mails).toHaveLength(1);
    expect(await verifyEmail(users, tokenIn(mail))).toEqual([]);
    expect((await jobsOf(users))[0]).toMatchObject({ outcome: 'SENT' });
  });

  test('keeps its Message-ID when it is sent again, since nobody knows whether it has arrived', async () => {
    const users = await mailing.start();
    mailing.smtp.mood = 'hangs up';
    await register(users, ADA);
    await waitUntil(() => logged(users, 'a mail could not be sent yet').length > 0);
    expect(mailing.smtp.read).toBe(1);
    mailing.smtp.mood = 'takes mail';
    await dueNow(users);
    const { messageId } = await mailTo(mailing.smtp, ADA.email);
    const [{ id }] = await users.database.query('SELECT id FROM mail_jobs');
    expect(messageId).toBe(`<${id}@127.0.0.1>`);
  });

  test('belongs to the process that is at it, and to another one when that has not finished in time', async () => {
    const one = await mailing.start();
    mailing.smtp.mood = 'is silent';
    await register(one, ADA);
    await waitUntil(() => mailing.smtp.read === 1);
    mailing.smtp.mood = 'takes mail';
    const other = await mailing.start();
    await requestPasswordReset(other, ADA.email);
    expect((await mailTo(mailing.smtp, ADA.email)).subject).toBe('Choose a new password');
    const [claimed] = await jobsOf(one);
    expect(claimed).toMatchObject({ attempts: 1, outcome: null });
    expect(claimed!.waits_s).toBeGreaterThan(30);
    // Whoever holds it may claim it again before anybody else looks.
    await waitUntil(async () => {
      await one.database.query(
        'UPDATE mail_jobs SET next_attempt_at = now() WHERE done_at IS NULL AND attempts = 1',
      );
      return (await jobsOf(one))[0]!.attempts === 2;
    });
    expect((await mailTo(mailing.smtp, ADA.email, 2)).subject).toBe('Please confirm your e-mail address');
    await mailsDone(one);
    expect(mailing.smtp.mails).toHaveLength(2);
  });

  test('is sent once, however long the mail server takes to answer', async () => {
    const one = await mailing.start();
    mailing.smtp.hold();
    await register(one, ADA);
    await waitUntil(() => mailing.smtp.read === 1);
    await mailing.start();
    const claimEnds = async () => (await jobsOf(one))[0]!.waits_s;
    await one.database.query(`UPDATE mail_jobs SET next_attempt_at = now() + interval '30 s'`);
    await waitUntil(async () => (await claimEnds()) > 30);
    mailing.smtp.release();
    await mailsDone(one);
    expect(await jobsOf(one)).toEqual([expect.objectContaining({ attempts: 1, outcome: 'SENT' })]);
    expect(mailing.smtp.mails).toHaveLength(1);
  });

  test('is tried again after longer and longer, and given up after a day', async () => {
    const users = await mailing.start();
    mailing.smtp.mood = 'is busy';
    await register(users, ADA);
    await waitUntil(() => logged(users, 'a mail could not be sent yet').length === 1);
    await users.database.query('UPDATE mail_jobs SET attempts = 40, next_attempt_at = now()');
    await waitUntil(() => logged(users, 'a mail could not be sent yet').length === 2);
    const [first, second] = logged(users, 'a mail could not be sent yet');
    expect(first!['retryMs']).toBeLessThanOrEqual(1_000);
    expect(second!['retryMs']).toBeGreaterThanOrEqual(450_000);
    expect(second!['retryMs']).toBeLessThanOrEqual(900_000);
    await users.database.query(
      `UPDATE mail_jobs SET created_at = now() - interval '25 hours', next_attempt_at = now()`,
    );
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

  test('is not sent any more after more than a day, tried before or not, as where nothing could send it', async () => {
    const users = await mailing.start();
    await register(users, ADA);
    await mailTo(mailing.smtp, ADA.email);
    await mailsDone(users);
    await users.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, attempts)
       SELECT gen_random_uuid(), kind, email_normalized, now() - interval '27 hours', now(), tried
       FROM mail_jobs, generate_series(0, 1) AS tried`,
    );
    await mailsDone(users);
    expect(new Set((await jobsOf(users)).map(({ outcome }) => outcome))).toEqual(
      new Set(['SENT', 'GIVEN_UP']),
    );
    expect(mailing.smtp.mails).toHaveLength(1);
  });

  test('is not tried again when the mail server says that there is no such mailbox', async () => {
    const users = await mailing.start();
    mailing.smtp.mood = 'knows nobody';
    await register(users, ADA);
    await mailsDone(users);
    expect(await jobsOf(users)).toEqual([expect.objectContaining({ attempts: 1, outcome: 'REFUSED' })]);
    expect(logged(users, 'a mail was not sent')).toEqual([
      expect.objectContaining({ fault: expect.objectContaining({ responseCode: 550 }) }),
    ]);
  });

  test('is tried again when it is our set-up that the mail server refuses', async () => {
    const users = await mailing.start();
    mailing.smtp.mood = 'relays nothing';
    await register(users, ADA);
    await waitUntil(() => logged(users, 'a mail could not be sent yet').length > 0);
    expect(logged(users, 'a mail could not be sent yet')).toEqual([
      expect.objectContaining({
        fault: expect.objectContaining({ responseCode: 550, enhancedCode: '5.7.1' }),
      }),
    ]);
    mailing.smtp.mood = 'takes mail';
    await dueNow(users);
    await mailTo(mailing.smtp, ADA.email);
    await mailsDone(users);
    expect(await jobsOf(users)).toEqual([expect.objectContaining({ outcome: 'SENT' })]);
  });

  test.each([
    ['http://127.0.0.1:4000', 1],
    ['https://app.example.com', 0],
  ])('with links that begin with %s has the operator told so %i times', async (APP_URL, times) => {
    const users = await mailing.start({ APP_URL });
    const told = users.log.filter((line) => line.includes('links in mails lead to this machine alone'));
    expect(told).toHaveLength(times);
  });

  test('waits for a mail server to be named, and the service says so once', async () => {
    const without = await mailing.start({ SMTP_URL: '' });
    await register(without, ADA);
    expect(
      logged(without, 'no mail is sent: neither SMTP_URL nor MAIL_FOLDER is set; mails wait'),
    ).toHaveLength(1);
    expect(await jobsOf(without)).toEqual([expect.objectContaining({ attempts: 0, outcome: null })]);
    await mailing.start();
    await mailTo(mailing.smtp, ADA.email);
  });
});
