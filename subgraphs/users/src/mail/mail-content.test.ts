import path from 'node:path';
import { describe, expect, test, afterAll, beforeAll } from '@jest/globals';
import { tokenIn } from '@supergraph/tools/smtp-catcher';
import { jobsOf, logged, mailsDone, mailTo, requestPasswordReset, verifyEmail } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { withUsers } from '../testing/with-users.js';

describe('a mail', () => {
  const mailing = withMailServer();

  test('is logged with its job, kind and outcome, without address, token or response of the mail server', async () => {
    const { users, smtp } = mailing;
    smtp.mood = 'knows nobody';
    await register(users, ADA);
    await mailsDone(users);
    smtp.mood = 'takes mail';
    await requestPasswordReset(users, ADA.email);
    const token = tokenIn(await mailTo(smtp, ADA.email));
    await mailsDone(users);
    await waitUntil(() => logged(users, 'mail done').length > 0);
    expect(logged(users, 'mail done')).toEqual([
      expect.objectContaining({ jobId: expect.any(String), kind: 'PASSWORD_RESET', outcome: 'SENT' }),
    ]);
    for (const secret of [ADA.email.toLowerCase(), token, 'reset-password', 'no such mailbox']) {
      expect(users.log.join('').toLowerCase()).not.toContain(secret);
    }
  });

  test('goes to the address of the account, as it was registered', async () => {
    const { users, smtp } = mailing;
    await register(users, { ...ADA, email: 'Ada@example.com' });
    await requestPasswordReset(users, 'ADA@example.com');
    await mailsDone(users);
    expect(smtp.mails.map(({ recipients }) => recipients.join())).toEqual(
      smtp.mails.map(() => 'Ada@example.com'),
    );
    expect(smtp.mails.map(({ subject }) => subject)).toContain('Choose a new password');
  });

  test('goes to one mailbox, whatever its address contains', async () => {
    const { users, smtp } = mailing;
    for (const email of ['"eve,bob"@example.com', '"eve@evil.example>, <bob"@example.com']) {
      expect((await register(users, { ...ADA, email })).data!.register.accepted).toBe(true);
    }
    await mailsDone(users);
    // This mail server cannot parse the other one.
    expect(smtp.mails.flatMap(({ recipients }) => recipients)).toEqual(['"eve,bob"@example.com']);
  });

  test('is deleted when it is old, and so are its tokens', async () => {
    const { users } = mailing;
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
    const replica = await mailing.startReplica();
    await waitUntil(() => logged(replica, 'old rows deleted').length === 2);
    expect(await users.database.query('SELECT email_normalized FROM mail_jobs')).toEqual([
      { email_normalized: ADA.email.toLowerCase() },
    ]);
    expect(await users.database.query('SELECT purpose FROM email_tokens')).toHaveLength(1);
  });

  test('is queued in the transaction that causes it', async () => {
    const { users } = mailing;
    await users.database.query('ALTER TABLE mail_jobs ADD CONSTRAINT no_more CHECK (false) NOT VALID');
    await register(users, ADA);
    expect(await users.database.query('SELECT id FROM users')).toEqual([]);
    await users.database.query('ALTER TABLE mail_jobs DROP CONSTRAINT no_more');
    await users.database.query('ALTER TABLE audit_log ADD CONSTRAINT no_more CHECK (false) NOT VALID');
    await requestPasswordReset(users, ADA.email).catch(() => undefined);
    expect(await jobsOf(users)).toEqual([]);
    await users.database.query('ALTER TABLE audit_log DROP CONSTRAINT no_more');
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

describe('mail in a folder', () => {
  let home: string;
  let folder: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'mail-'));
    folder = path.join(home, 'data', 'mail');
  });
  const service = withUsers(() => ({ MAIL_FOLDER: folder, MAIL_FROM: 'Us <us@example.com>' }));
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('is readable only by the user of the service, and only for accounts, and its link is in the log', async () => {
    const { users } = service;
    const linksInLog = () => users.log.flatMap((line) => (JSON.parse(line) as { link?: string }).link ?? []);
    await requestPasswordReset(users, 'nobody@example.com');
    await mailsDone(users);
    expect(await readdir(home)).toEqual([]);
    expect(linksInLog()).toEqual([]);

    await register(users, ADA);
    await mailsDone(users);
    const [{ id }] = await users.database.query(`SELECT id FROM mail_jobs WHERE kind = 'REGISTRATION'`);
    expect(await readdir(folder)).toEqual([`${id}.eml`]);
    const file = path.join(folder, `${id}.eml`);
    expect((await stat(file)).mode & 0o077).toBe(0);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^From: Us <us@example\.com>\r?$/m);
    expect(text).toMatch(/^To: Ada@example\.com\r?$/im);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    const [link, ...others] = linksInLog();
    expect(others).toEqual([]);
    const token = /^http:\/\/127\.0\.0\.1:4000\/verify-email#token=([\w-]{43})$/.exec(link!)![1]!;
    expect(await verifyEmail(users, token)).toEqual([]);
  });
});
