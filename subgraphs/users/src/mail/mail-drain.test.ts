import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { jobsOf, mailsDone, mailTo } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

describe('a mail that is on its way', () => {
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  const replicas: RunningUsers[] = [];
  beforeEach(async () => {
    [testDatabase, smtp] = await Promise.all([createTestDatabase('users'), SmtpCatcher.start()]);
  });
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((users) => users.close()));
    await smtp?.close();
    await testDatabase?.drop();
  });
  const start = async (environment: Record<string, string> = {}) => {
    const users = await runUsers(testDatabase.url, { SMTP_URL: smtp.url, ...environment });
    replicas.push(users);
    return users;
  };
  test('is finished before the service ends', async () => {
    const users = await start();
    smtp.hold();
    await register(users, ADA);
    await waitUntil(() => smtp.read === 1);
    replicas.splice(0);
    const closed = users.close();
    smtp.release();
    await closed;
    const { database } = await start();
    expect(await database.query('SELECT outcome FROM mail_jobs')).toEqual([{ outcome: 'SENT' }]);
    expect(smtp.mails).toHaveLength(1);
  });

  test('holds up the end of the service for half of the drain window at most, and is sent by the next one', async () => {
    const users = await start({ DRAIN_TIMEOUT_MS: '400' });
    smtp.mood = 'is silent';
    await register(users, ADA);
    await waitUntil(() => smtp.read === 1);
    replicas.splice(0);
    await users.close();
    smtp.mood = 'takes mail';
    const next = await start();
    await mailTo(smtp, ADA.email);
    await mailsDone(next);
    expect(await jobsOf(next)).toEqual([expect.objectContaining({ attempts: 2, outcome: 'SENT' })]);
  });
});
