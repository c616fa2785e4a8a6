import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mailsDone, requestPasswordReset, verifyEmail } from '../testing/mail.js';
import { ADA, register } from '../testing/people.js';
import { withUsers } from '../testing/with-users.js';

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
