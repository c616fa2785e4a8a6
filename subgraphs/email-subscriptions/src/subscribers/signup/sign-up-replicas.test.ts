import { newId } from '@kit/database';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { rowOf } from '../../testing/sign-ups.js';
import { withMailbox } from '../../testing/with-mailbox.js';
import { SignUpEntity } from './sign-up.entity.js';

describe('sign-ups at two replicas', () => {
  const running = withMailbox();
  beforeAll(() => running.startReplica());

  /** Lets sign-ups wait until the workers of both replicas have claimed one each, and then waits until all are done. */
  const signUpTogether = async (emails: readonly string[]) => {
    const { database } = running.service;
    const other = database.createQueryRunner();
    await other.startTransaction();
    await other.query('LOCK TABLE subscribers IN ACCESS EXCLUSIVE MODE');
    await database.getRepository(SignUpEntity).insert(
      emails.map((email) => ({
        id: newId(),
        email,
        emailNormalized: email.toLowerCase(),
        tags: [],
        attributes: {},
        createdAt: () => 'now()',
      })),
    );
    await waitUntil(async () => {
      const claimed: unknown[] = await other.query(
        `SELECT FROM pg_locks AS waiting JOIN pg_locks AS claim USING (pid)
          WHERE NOT waiting.granted AND waiting.relation = 'subscribers'::regclass
            AND claim.relation = 'sign_ups'::regclass AND claim.mode = 'RowShareLock'`,
      );
      return claimed.length === 2;
    });
    await other.commitTransaction();
    await other.release();
    await running.settled();
  };
  const historyOf = async (email: string) => {
    const { id, status, revision } = (await rowOf(running.service, email))!;
    const events: unknown[] = await running.service.database.query(
      `SELECT FROM event_log WHERE subject_id = $1 UNION ALL SELECT FROM outbox WHERE subject_id = $1`,
      [id],
    );
    return { status, revision, events: events.length };
  };

  test('are processed once each: one subscriber, one event and one mail', async () => {
    const emails = Array.from({ length: 40 }, (_, n) => `person${n}@example.com`);
    await signUpTogether(emails);
    await running.service.settled();
    for (const email of emails) {
      expect(await historyOf(email)).toEqual({ status: 'PENDING', revision: 1, events: 1 });
      expect(running.smtp.to(email)).toHaveLength(1);
    }
    expect(await running.service.database.query('SELECT FROM sign_ups')).toEqual([]);
  });

  test('of one address add it once, with one mail', async () => {
    const emails = Array.from({ length: 10 }, () => 'same@example.com');
    await signUpTogether(emails);
    await running.service.settled();
    expect(await historyOf(emails[0]!)).toEqual({ status: 'PENDING', revision: 1, events: 1 });
    expect(running.smtp.to(emails[0]!)).toHaveLength(1);
    expect(await running.service.database.query('SELECT FROM sign_ups')).toEqual([]);
  });
});
