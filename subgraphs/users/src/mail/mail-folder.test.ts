import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { mailsDone, requestPasswordReset, verifyEmail } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('without a mail server, mails', () => {
  let testDatabase: TestDatabase;
  let home: string;
  let folder: string;
  let users: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    home = await mkdtemp(path.join(tmpdir(), 'mail-'));
    folder = path.join(home, 'data', 'mail');
    users = await runUsers(testDatabase.url, { MAIL_FOLDER: folder, MAIL_FROM: 'Us <us@example.com>' });
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
    await rm(home, { recursive: true, force: true });
  });
  const linksInLog = () => users.log.flatMap((line) => (JSON.parse(line) as { link?: string }).link ?? []);

  test('are files that nobody else can read, and their links are in the log', async () => {
    await register(users, ADA);
    await mailsDone(users);
    const [{ id }] = await users.database.query('SELECT id FROM mail_jobs');
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

  test('are made for nobody who has no account', async () => {
    await requestPasswordReset(users, 'nobody@example.com');
    await mailsDone(users);
    expect(await readdir(home)).toEqual([]);
    expect(linksInLog()).toEqual([]);
  });
});
