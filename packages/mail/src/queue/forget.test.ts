import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { EntityManager } from 'typeorm';
import { greet, type MailService } from '../testing/mail-service.js';
import { withMail } from '../testing/with-mail.js';

const [ADA, BOB] = ['ada@example.com', 'bob@example.com'];

describe('forgetting an address', () => {
  const mail = withMail();
  /** It has no mail server. */
  let service: MailService;
  beforeEach(async () => {
    service = await mail.startService({});
    await mail.database.query('CREATE TABLE tokens (address text)');
  });
  afterEach(() => mail.database.query('DROP TABLE tokens'));

  const forget = (after: (manager: EntityManager) => Promise<unknown> = async () => undefined) =>
    mail.database.transaction(async (manager) => {
      await service.jobs.forget(manager, ADA);
      return after(manager);
    });
  const addresses = async (): Promise<string[]> => {
    const rows = await mail.database.query<{ address: string }[]>(
      'SELECT email_normalized AS address FROM mail_jobs ORDER BY 1',
    );
    return rows.map(({ address }) => address);
  };
  const oneWaitsForALock = () =>
    waitUntil(async () => {
      const waiting = await mail.database.query<unknown[]>(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length === 1;
    });

  test('deletes its jobs, queued and done, and no others', async () => {
    await mail.enqueue(ADA, BOB, ADA);
    await mail.database.query(
      `UPDATE mail_jobs SET done_at = now(), outcome = 'SENT'
        WHERE id = (SELECT id FROM mail_jobs WHERE email_normalized = $1 LIMIT 1)`,
      [ADA],
    );
    await forget();
    expect(await addresses()).toEqual([BOB]);
  });

  test('is undone when the transaction of the caller rolls back', async () => {
    await mail.enqueue(ADA);
    const rolledBack = forget(() => Promise.reject(new Error('the transaction does not commit')));
    await expect(rolledBack).rejects.toThrow('does not commit');
    expect(await addresses()).toEqual([ADA]);
  });

  test('keeps its queued mail from workers before the caller commits', async () => {
    await mail.enqueue(ADA);
    await forget(async () => {
      await mail.startService();
      await mail.enqueue(BOB);
      await mail.mailTo(BOB);
    });
    await mail.allDone();
    expect(mail.smtp.mails).toHaveLength(1);
    expect(await addresses()).toEqual([BOB]);
  });

  test('waits for a letter that is being composed, and lets the caller see what it wrote', async () => {
    let composing = false;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await mail.startService({
      smtpUrl: mail.smtp.url,
      letters: {
        GREETING: async (manager, address) => {
          await manager.query('INSERT INTO tokens VALUES ($1)', [address]);
          composing = true;
          await finished;
          return greet(manager, address);
        },
      },
    });
    await mail.enqueue(ADA);
    await waitUntil(() => composing);
    const seen = forget((manager) => manager.query('DELETE FROM tokens RETURNING address'));
    await oneWaitsForALock();
    finish();
    expect(await seen).toEqual([[{ address: ADA }], 1]);
    expect(await addresses()).toEqual([]);
    await mail.mailTo(ADA);
  });

  test('leaves nothing of a mail that arrives afterwards', async () => {
    const { smtp } = mail;
    const sender = await mail.startService();
    smtp.hold();
    await mail.enqueue(ADA);
    await waitUntil(() => smtp.read === 1);
    await forget();
    smtp.release();
    await waitUntil(() => sender.logged('mail done').length === 1);
    expect(smtp.to(ADA)).toHaveLength(1);
    expect(await addresses()).toEqual([]);
  });

  test('leaves nothing of a mail that fails afterwards', async () => {
    const { smtp } = mail;
    const sender = await mail.startService();
    smtp.mood = 'is silent';
    await mail.enqueue(ADA);
    await waitUntil(() => smtp.read === 1);
    await forget();
    await smtp.close();
    await waitUntil(() => sender.logged('a mail could not be sent yet').length === 1);
    await smtp.listen();
    expect(await addresses()).toEqual([]);
  });

  test('finds the jobs by an index', async () => {
    await mail.database.query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at)
       SELECT gen_random_uuid(), 'GREETING', n || '@example.com', now(), now() FROM generate_series(1, 10000) AS n`,
    );
    await mail.database.query('ANALYZE mail_jobs');
    const plan = await mail.database.query('EXPLAIN DELETE FROM mail_jobs WHERE email_normalized = $1', [
      ADA,
    ]);
    expect(JSON.stringify(plan)).toContain('mail_jobs_email_normalized_idx');
  });
});
