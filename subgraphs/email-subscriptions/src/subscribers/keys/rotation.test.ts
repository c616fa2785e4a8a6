import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { importFile } from '../../testing/imports.js';
import { runService, type RunningService } from '../../testing/running-service.js';
import {
  confirmSubscription,
  resendConfirmation,
  rowOf,
  subscribe,
  unsubscribe,
} from '../../testing/sign-ups.js';
import { confirmationTokenIn, unsubscribeTokenIn } from '../../testing/with-mailbox.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);
const [FIRST, SECOND, THIRD] = ['first', 'second', 'third'].map(
  (name) => `the ${name} secret of links and addresses`,
) as [string, string, string];
const [ADA, BOB, EVE] = ['ada@example.com', 'bob@example.com', 'eve@example.com'] as const;

describe('after a rotation of SUBSCRIBER_SECRET', () => {
  let smtp: SmtpCatcher;
  let testDatabase: TestDatabase;
  let service: RunningService;
  const restart = async (current: string, previous: readonly string[]) => {
    await service?.close();
    service = await runService(testDatabase.url, {
      SMTP_URL: smtp.url,
      SUBSCRIBER_SECRET: current,
      SUBSCRIBER_SECRETS_PREVIOUS: previous.join(','),
    });
  };
  const mailsTo = async (email: string) => {
    await waitUntil(async () => {
      const open: unknown[] = await service.database.query(
        `SELECT FROM sign_ups WHERE kept_until IS NULL UNION ALL SELECT FROM mail_jobs WHERE done_at IS NULL`,
      );
      return open.length === 0;
    });
    return smtp.to(email);
  };
  /** Rows whose key depends on the secret. */
  const hashes = async () => {
    const [counts] = await service.database.query<object[]>(
      `SELECT (SELECT count(*)::int FROM suppressions) AS suppressed,
              (SELECT count(*)::int FROM confirmation_limits) AS limited`,
    );
    return counts;
  };
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    testDatabase = await createTestDatabase('email-subscriptions');
    await restart(FIRST, []);
    for (const email of [ADA, BOB]) {
      await addSubscriber(service, { email, requireConfirmation: true });
      expect(await mailsTo(email)).toHaveLength(1);
    }
    const { subscriber } = await addSubscriber(service, { email: EVE });
    await change(service, 'eraseSubscriber', { id: subscriber!.id }, ERASER);
    await restart(SECOND, [FIRST]);
  });
  afterAll(async () => {
    await service?.close();
    await testDatabase?.drop();
    await smtp?.close();
  });

  test('links in old mails confirm and unsubscribe', async () => {
    const [mail] = smtp.to(ADA);
    expect(await confirmSubscription(service, confirmationTokenIn(mail!))).toMatchObject({ confirmed: true });
    expect(await rowOf(service, ADA)).toMatchObject({ status: 'ACTIVE' });
    expect(await hashes()).toEqual({ suppressed: 1, limited: 1 });
    expect(await unsubscribe(service, unsubscribeTokenIn(mail!))).toMatchObject({ unsubscribed: true });
    expect(await rowOf(service, ADA)).toMatchObject({ status: 'UNSUBSCRIBED' });
  });

  test('mails that were sent before still count', async () => {
    const { id } = (await rowOf(service, BOB))!;
    expect(await resendConfirmation(service, id)).toMatchObject({ userErrors: [{ code: 'RATE_LIMITED' }] });
    expect(await mailsTo(BOB)).toHaveLength(1);
    expect(await hashes()).toEqual({ suppressed: 1, limited: 1 });
  });

  test('an erased address stays suppressed, until its owner comes back', async () => {
    expect(await addSubscriber(service, { email: EVE })).toMatchObject({
      subscriber: null,
      userErrors: [{ code: 'SUPPRESSED', existing: null }],
    });
    expect(await importFile(service, `email\n${EVE}\n`)).toMatchObject({ added: 0, suppressed: 1 });
    await subscribe(service, { email: EVE });
    const [mail] = await mailsTo(EVE);
    expect(await rowOf(service, EVE)).toBeUndefined();
    expect(await confirmSubscription(service, confirmationTokenIn(mail!))).toMatchObject({ confirmed: true });
    expect(await rowOf(service, EVE)).toMatchObject({ status: 'ACTIVE' });
    expect(await hashes()).toMatchObject({ suppressed: 0 });
  });

  test('and one more, links of every secret work', async () => {
    await subscribe(service, { email: 'second@example.com' });
    const [later] = await mailsTo('second@example.com');
    await restart(THIRD, [SECOND, FIRST]);
    for (const mail of [later, ...smtp.to(BOB)]) {
      expect(await unsubscribe(service, unsubscribeTokenIn(mail!))).toMatchObject({ unsubscribed: true });
    }
    for (const email of [BOB, 'second@example.com']) {
      expect(await rowOf(service, email)).toMatchObject({ status: 'UNSUBSCRIBED' });
    }
  });

  test('without the previous values, links of old mails do not work', async () => {
    await restart(THIRD, []);
    const [mail] = smtp.to(BOB);
    expect(await unsubscribe(service, unsubscribeTokenIn(mail!))).toMatchObject({
      unsubscribed: false,
      userErrors: [{ code: 'INVALID_TOKEN' }],
    });
  });
});
