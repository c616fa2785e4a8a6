import { describe, expect, test } from '@jest/globals';
import { jobsOf, mailsDone, mailTo } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { waitUntil } from '../testing/wait-until.js';
import { withMailServer } from '../testing/with-mail-server.js';

describe('a mail that is on its way', () => {
  const mailing = withMailServer();

  test('is finished before the service ends', async () => {
    const users = await mailing.start();
    mailing.smtp.hold();
    await register(users, ADA);
    await waitUntil(() => mailing.smtp.read === 1);
    const closed = mailing.stop(users);
    mailing.smtp.release();
    await closed;
    const { database } = await mailing.start();
    expect(await database.query('SELECT outcome FROM mail_jobs')).toEqual([{ outcome: 'SENT' }]);
    expect(mailing.smtp.mails).toHaveLength(1);
  });

  test('holds up the end of the service for half of the drain window at most, and is sent by the next one', async () => {
    const users = await mailing.start({ DRAIN_TIMEOUT_MS: '400' });
    mailing.smtp.mood = 'is silent';
    await register(users, ADA);
    await waitUntil(() => mailing.smtp.read === 1);
    await mailing.stop(users);
    mailing.smtp.mood = 'takes mail';
    const next = await mailing.start();
    await mailTo(mailing.smtp, ADA.email);
    await mailsDone(next);
    expect(await jobsOf(next)).toEqual([expect.objectContaining({ attempts: 2, outcome: 'SENT' })]);
  });
});
