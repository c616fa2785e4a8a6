import { describe, expect, test } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import { jobsOf, logged, mailsDone, mailTo, requestPasswordReset } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';

describe('a mail', () => {
  const mailing = withMailServer();

  test('leaves its job, kind and outcome in the log; no address, no token, no word of the mail server', async () => {
    const users = await mailing.start();
    mailing.smtp.mood = 'knows nobody';
    await register(users, ADA);
    await mailsDone(users);
    mailing.smtp.mood = 'takes mail';
    await requestPasswordReset(users, ADA.email);
    const token = tokenIn(await mailTo(mailing.smtp, ADA.email));
    await mailsDone(users);
    await waitUntil(() => logged(users, 'mail done').length > 0);
    expect(logged(users, 'mail done')).toEqual([
      expect.objectContaining({ jobId: expect.any(String), kind: 'PASSWORD_RESET', outcome: 'SENT' }),
    ]);
    for (const secret of [ADA.email.toLowerCase(), token, 'reset-password', 'no such mailbox']) {
      expect(users.log.join('').toLowerCase()).not.toContain(secret);
    }
  });

  test('goes to one mailbox, whatever is in its address', async () => {
    const users = await mailing.start();
    for (const email of ['"eve,bob"@example.com', '"eve@evil.example>, <bob"@example.com']) {
      expect((await register(users, { ...ADA, email })).data!.register.accepted).toBe(true);
    }
    await mailsDone(users);
    // The other one is more than this mail server understands.
    expect(mailing.smtp.mails.flatMap(({ recipients }) => recipients)).toEqual(['"eve,bob"@example.com']);
  });

  test('that is old is forgotten, and so are its tokens', async () => {
    const users = await mailing.start();
    await register(users, ADA);
    await register(users, { ...ADA, email: 'bob@example.com' });
    await mailsDone(users);
    await users.database.query(
      `UPDATE mail_jobs SET done_at = now() - interval '31 days' WHERE email_normalized = 'bob@example.com'`,
    );
    await users.database.query(
      `UPDATE email_tokens SET expires_at = now() - interval '31 days'
        WHERE user_id = (SELECT id FROM users WHERE email = 'bob@example.com')`,
    );
    const replica = await mailing.start();
    await waitUntil(() => logged(replica, 'old rows deleted').length === 2);
    expect(await users.database.query('SELECT email_normalized FROM mail_jobs')).toEqual([
      { email_normalized: ADA.email.toLowerCase() },
    ]);
    expect(await users.database.query('SELECT purpose FROM email_tokens')).toHaveLength(1);
  });

  test('is there or not together with what it is about', async () => {
    const users = await mailing.start();
    await users.database.query('ALTER TABLE mail_jobs ADD CONSTRAINT no_more CHECK (false) NOT VALID');
    await register(users, ADA);
    expect(await users.database.query('SELECT id FROM users')).toEqual([]);
    await users.database.query('ALTER TABLE mail_jobs DROP CONSTRAINT no_more');
    await users.database.query('ALTER TABLE audit_log ADD CONSTRAINT no_more CHECK (false) NOT VALID');
    await requestPasswordReset(users, ADA.email).catch(() => undefined);
    expect(await jobsOf(users)).toEqual([]);
  });
});
