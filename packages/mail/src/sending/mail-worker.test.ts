import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { greet, NOBODY } from '../testing/mail-service.js';
import { withMail } from '../testing/with-mail.js';

const ADA = 'ada@example.com';
const NOT_SENT_YET = 'a mail could not be sent yet';

describe('the mail worker', () => {
  const mail = withMail();

  test('sends mail that the mail server accepts only later, once', async () => {
    const { smtp } = mail;
    await smtp.close();
    const service = await mail.startService();
    await mail.enqueue(ADA);
    await waitUntil(() => service.logged(NOT_SENT_YET).length > 0);
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 1, outcome: null })]);
    expect(smtp.mails).toEqual([]);
    await smtp.listen();
    await mail.dueNow();
    expect(await mail.mailTo(ADA)).toMatchObject({ subject: 'A greeting', text: 'Hello.\n' });
    await mail.allDone();
    expect(smtp.mails).toHaveLength(1);
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 2, outcome: 'SENT' })]);
  });

  test('keeps the Message-ID when it sends a mail again that may have arrived', async () => {
    const { smtp } = mail;
    smtp.mood = 'hangs up';
    const service = await mail.startService();
    await mail.enqueue(ADA);
    await waitUntil(() => service.logged(NOT_SENT_YET).length > 0);
    expect(smtp.read).toBe(1);
    smtp.mood = 'takes mail';
    await mail.dueNow();
    const { messageId } = await mail.mailTo(ADA);
    const [{ id }] = await mail.database.query('SELECT id FROM mail_jobs');
    expect(messageId).toBe(`<${id}@example.com>`);
  });

  test('retries with exponential backoff, and gives up after a day', async () => {
    mail.smtp.mood = 'is busy';
    const service = await mail.startService();
    await mail.enqueue(ADA);
    await waitUntil(() => service.logged(NOT_SENT_YET).length === 1);
    await mail.database.query('UPDATE mail_jobs SET attempts = 40');
    await mail.dueNow();
    await waitUntil(() => service.logged(NOT_SENT_YET).length === 2);
    const [first, second] = service.logged(NOT_SENT_YET);
    expect(first!['retryMs']).toBeLessThanOrEqual(1_000);
    expect(second!['retryMs']).toBeGreaterThanOrEqual(450_000);
    expect(second!['retryMs']).toBeLessThanOrEqual(900_000);
    await mail.database.query(`UPDATE mail_jobs SET created_at = now() - interval '25 hours'`);
    await mail.dueNow();
    await waitUntil(() => service.logged('a mail was not sent').length === 1);
    expect(service.logged('a mail was not sent')).toEqual([
      expect.objectContaining({
        level: 50,
        kind: 'GREETING',
        outcome: 'GIVEN_UP',
        fault: expect.objectContaining({ responseCode: 451 }),
      }),
    ]);
    expect(await mail.jobs()).toEqual([expect.objectContaining({ outcome: 'GIVEN_UP' })]);
  });

  test('does not send mail that is older than a day, whether or not it was tried before', async () => {
    await mail.startService();
    await mail.enqueue(ADA);
    await mail.mailTo(ADA);
    await mail.allDone();
    await mail.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, attempts)
       SELECT gen_random_uuid(), kind, email_normalized, now() - interval '27 hours', now(), tried
       FROM mail_jobs, generate_series(0, 1) AS tried`,
    );
    await mail.dueNow();
    await mail.allDone();
    expect((await mail.jobs()).map(({ outcome }) => outcome)).toEqual(['GIVEN_UP', 'GIVEN_UP', 'SENT']);
    expect(mail.smtp.mails).toHaveLength(1);
  });

  test('does not retry when the mail server rejects the mailbox', async () => {
    mail.smtp.mood = 'knows nobody';
    const service = await mail.startService();
    await mail.enqueue(ADA);
    await mail.allDone();
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 1, outcome: 'REFUSED' })]);
    await waitUntil(() => service.logged('a mail was not sent').length > 0);
    expect(service.logged('a mail was not sent')).toEqual([
      expect.objectContaining({ fault: expect.objectContaining({ responseCode: 550 }) }),
    ]);
  });

  test('retries when the mail server rejects our configuration', async () => {
    mail.smtp.mood = 'relays nothing';
    const service = await mail.startService();
    await mail.enqueue(ADA);
    await waitUntil(() => service.logged(NOT_SENT_YET).length > 0);
    expect(service.logged(NOT_SENT_YET)).toEqual([
      expect.objectContaining({
        fault: expect.objectContaining({ responseCode: 550, enhancedCode: '5.7.1' }),
      }),
    ]);
    mail.smtp.mood = 'takes mail';
    await mail.dueNow();
    await mail.mailTo(ADA);
    await mail.allDone();
    expect(await mail.jobs()).toEqual([expect.objectContaining({ outcome: 'SENT' })]);
  });

  test('sends nothing when there is nobody to write to', async () => {
    const service = await mail.startService();
    await mail.enqueue(NOBODY, ADA);
    await mail.mailTo(ADA);
    await mail.allDone();
    expect((await mail.jobs()).map(({ outcome }) => outcome)).toEqual(['NOBODY', 'SENT']);
    expect(mail.smtp.mails).toHaveLength(1);
    await waitUntil(() => service.logged('mail done').length === 2);
  });

  test('retries a letter that cannot be composed yet without its writes, and sends the others meanwhile', async () => {
    let fails = true;
    await mail.database.query('CREATE TABLE tokens (address text)');
    const service = await mail.startService({
      smtpUrl: mail.smtp.url,
      letters: {
        GREETING: async (manager, emailNormalized) => {
          await manager.query('INSERT INTO tokens VALUES ($1)', [emailNormalized]);
          if (fails && emailNormalized === ADA) await manager.query('SELECT 1 / 0');
          return { to: emailNormalized, subject: 'With a token', text: '', link: null };
        },
      },
    });
    await mail.enqueue(ADA, 'bob@example.com');
    await mail.mailTo('bob@example.com');
    expect(service.logged('a mail could not be composed yet')).toEqual([
      expect.objectContaining({ kind: 'GREETING', attempts: 1, retryMs: expect.any(Number) }),
    ]);
    expect(await mail.database.query('SELECT address FROM tokens')).toEqual([{ address: 'bob@example.com' }]);
    fails = false;
    await mail.dueNow();
    await mail.mailTo(ADA);
    await mail.allDone();
    expect(await mail.database.query('SELECT FROM tokens WHERE address = $1', [ADA])).toHaveLength(1);
  });
});

describe('replicas of the mail worker', () => {
  const mail = withMail();

  test('leave mail waiting while none has a mail server, and warn once', async () => {
    const service = await mail.startService({});
    await mail.enqueue(ADA);
    expect(
      service.logged('no mail is sent: neither SMTP_URL nor MAIL_FOLDER is set; mails wait'),
    ).toHaveLength(1);
    expect(await mail.jobs()).toEqual([expect.objectContaining({ attempts: 0, outcome: null })]);
    await mail.startService();
    await mail.mailTo(ADA);
  });

  test('leave mail of a kind that they do not know to those that do', async () => {
    await mail.enqueue(ADA, 'bob@example.com');
    await mail.database.query(`UPDATE mail_jobs SET kind = 'FAREWELL' WHERE email_normalized LIKE 'bob@%'`);
    const older = await mail.startService({ smtpUrl: mail.smtp.url, letters: { FAREWELL: greet } });
    await mail.mailTo('bob@example.com');
    await mail.stop(older);
    expect(await mail.jobs()).toEqual([
      expect.objectContaining({ attempts: 0, outcome: null }),
      expect.objectContaining({ attempts: 1, outcome: 'SENT' }),
    ]);
    await mail.startService();
    await mail.mailTo(ADA);
  });

  test('send each mail once when they start at the same time', async () => {
    const people = Array.from({ length: 12 }, (_, index) => `person-${10 + index}@example.com`);
    await mail.enqueue(...people);
    await Promise.all([mail.startService(), mail.startService()]);
    await mail.allDone();
    const { mails } = mail.smtp;
    expect(mails.map(({ recipients }) => recipients.join()).toSorted()).toEqual(people);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(people.length);
  });

  test('take over mail whose lease has expired in another one', async () => {
    const { smtp } = mail;
    await mail.startService();
    smtp.mood = 'is silent';
    await mail.enqueue(ADA);
    await waitUntil(() => smtp.read === 1);
    smtp.mood = 'takes mail';
    await mail.startService();
    await mail.enqueue('bob@example.com');
    await mail.mailTo('bob@example.com');
    const [leased] = await mail.jobs();
    expect(leased).toMatchObject({ attempts: 1, outcome: null });
    expect(leased!.waits_s).toBeGreaterThan(30);
    // The first replica may renew its lease before the other one looks.
    await waitUntil(async () => {
      await mail.database.query(
        'UPDATE mail_jobs SET next_attempt_at = now() WHERE done_at IS NULL AND attempts = 1',
      );
      return (await mail.jobs())[0]!.attempts === 2;
    });
    await mail.mailTo(ADA);
    await mail.allDone();
    expect(smtp.mails).toHaveLength(2);
  });

  test('delete jobs that have been done for as long as they are kept, and no others', async () => {
    await mail.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, done_at, outcome)
       SELECT gen_random_uuid(), 'GREETING', 'old@example.com', now(), now(), now() - interval '7 days 1 minute', 'SENT'
         FROM generate_series(1, 2500)
       UNION ALL VALUES
         (gen_random_uuid(), 'GREETING', 'new@example.com', now(), now(), now() - interval '6 days', 'SENT'),
         (gen_random_uuid(), 'GREETING', 'due@example.com', now() - interval '8 days', now(), NULL, NULL)`,
    );
    const service = await mail.startService({ retentionDays: 7 });
    await waitUntil(() => service.logged('old rows deleted').length > 0);
    expect(service.logged('old rows deleted')).toEqual([
      expect.objectContaining({ table: 'mail_jobs', deleted: 2500 }),
    ]);
    expect(await mail.database.query('SELECT email_normalized AS address FROM mail_jobs ORDER BY 1')).toEqual(
      [{ address: 'due@example.com' }, { address: 'new@example.com' }],
    );
  });
});
