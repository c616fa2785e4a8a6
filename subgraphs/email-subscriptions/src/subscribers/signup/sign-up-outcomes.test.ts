import { beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { row, store } from '../../testing/rows.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import { confirmSubscription, rowOf, subscribe, unsubscribe } from '../../testing/sign-ups.js';
import { confirmationTokenIn, withMailbox } from '../../testing/with-mailbox.js';

const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });

describe('a sign-up of a known address', () => {
  const running = withMailbox({ SIGN_UP_TAGS: 'news' });
  const signUp = async (email: string) => {
    await subscribe(running.service, { email, name: 'Another name', tags: ['news'], consentText: 'Again.' });
    await running.settled();
    return running.smtp.to(email);
  };
  const unchanged = { name: 'Name', tags: [], revision: 1 };

  test('of an active subscriber changes nothing and mails nothing', async () => {
    const email = 'active@example.com';
    await store(running.service.database, [row({ email, name: 'Name' })]);
    expect(await signUp(email)).toEqual([]);
    expect(await rowOf(running.service, email)).toMatchObject({ ...unchanged, status: 'ACTIVE' });
  });

  test.each(['PENDING', 'BOUNCED', 'UNSUBSCRIBED', 'COMPLAINED'] as const)(
    'of a subscriber with the status %s changes nothing before the link is used',
    async (status) => {
      const { service } = running;
      const email = `${status.toLowerCase()}@example.com`;
      await store(service.database, [row({ email, name: 'Name', status })]);
      const mails = await signUp(email);
      expect(mails).toHaveLength(1);
      expect(await rowOf(service, email)).toMatchObject({ ...unchanged, status });

      const token = confirmationTokenIn(mails[0]!);
      expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: true });
      expect(await rowOf(service, email)).toMatchObject({ name: 'Name', tags: [], status: 'ACTIVE' });
      expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: true });
      expect(await rowOf(service, email)).toMatchObject({ revision: 2 });
      expect(await service.database.query('SELECT FROM sign_ups')).toEqual([]);
    },
  );

  test('of an unsubscribed subscriber is over when the subscriber unsubscribes again', async () => {
    const { service } = running;
    const email = 'unsubscribed.twice@example.com';
    const subscriber = row({ email, status: 'UNSUBSCRIBED' });
    await store(service.database, [subscriber]);
    const [mail] = await signUp(email);
    await unsubscribe(service, keys.unsubscribeToken(subscriber.id));
    const { confirmed, userErrors } = await confirmSubscription(service, confirmationTokenIn(mail!));
    expect({ confirmed, code: userErrors[0]?.code }).toEqual({ confirmed: false, code: 'INVALID_TOKEN' });
    expect(await rowOf(service, email)).toMatchObject({ status: 'UNSUBSCRIBED', revision: 1 });
  });
});

describe('a sign-up of an erased address', () => {
  const running = withMailbox({ SIGN_UP_TAGS: 'news' });
  const email = 'Erased@example.com';
  const erased = email.toLowerCase();
  beforeEach(async () => {
    const { database } = running.service;
    await database.query('DELETE FROM subscribers');
    await database.query('DELETE FROM confirmation_limits');
    await database.query('INSERT INTO suppressions (hash) VALUES ($1) ON CONFLICT DO NOTHING', [
      keys.addressHash(erased),
    ]);
    running.smtp.mails.length = 0;
  });
  const signUp = async () => {
    await subscribe(running.service, { email, name: 'Erased', tags: ['news'], consentText: 'Yes.' });
    await running.settled();
    return running.smtp.mails;
  };

  test('adds nobody before the link is used, and then removes the suppression', async () => {
    const { service } = running;
    const [mail] = await signUp();
    expect(mail!.recipients).toEqual([email]);
    expect(await rowOf(service, erased)).toBeUndefined();
    const token = confirmationTokenIn(mail!);
    const both = await Promise.all([
      confirmSubscription(service, token),
      confirmSubscription(service, token),
    ]);
    expect(both.map(({ confirmed }) => confirmed)).toEqual([true, true]);
    expect(await rowOf(service, erased)).toMatchObject({
      email,
      name: 'Erased',
      tags: ['news'],
      status: 'ACTIVE',
      source: 'FORM',
      revision: 2,
      consent: { method: 'DOUBLE_OPT_IN', text: 'Yes.' },
    });
    expect(await service.database.query('SELECT FROM suppressions')).toEqual([]);
    expect(await service.database.query('SELECT FROM sign_ups')).toEqual([]);
    expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: true });
  });

  test('is confirmed while another sign-up of the address is processed', async () => {
    const { service } = running;
    const [mail] = await signUp();
    const worker = service.database.createQueryRunner();
    await worker.startTransaction();
    await worker.query('SELECT FROM confirmation_limits FOR UPDATE');
    const confirmed = confirmSubscription(service, confirmationTokenIn(mail!));
    await waitUntil(async () => {
      const waiting: unknown[] = await service.database.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%confirmation_limits%'
            AND datname = current_database()`,
      );
      return waiting.length > 0;
    });
    // A deadlock, of which Postgres ends the transaction that has waited for longer.
    await worker.query(`UPDATE sign_ups SET kept_until = now() + interval '7 days'`);
    await worker.commitTransaction();
    await worker.release();
    expect(await confirmed).toMatchObject({ confirmed: true });
  });

  test('gets one mail in 30 days, and is kept once for 7 days', async () => {
    expect(await signUp()).toHaveLength(1);
    await running.letTimePass('29 days 23 hours');
    expect(await signUp()).toHaveLength(1);
    const kept = await running.service.database.query(
      'SELECT extract(day FROM kept_until - now())::int AS days FROM sign_ups',
    );
    expect(kept).toEqual([{ days: 6 }]);
    await running.letTimePass('1 hour');
    expect(await signUp()).toHaveLength(2);
    expect(await running.service.database.query('SELECT FROM sign_ups')).toHaveLength(1);
    const tokens = running.smtp.mails.map(confirmationTokenIn);
    expect(await confirmSubscription(running.service, tokens[0]!)).toMatchObject({ confirmed: true });
    expect(await confirmSubscription(running.service, tokens[1]!)).toMatchObject({ confirmed: false });
  });

  test('is not kept longer once it is over', async () => {
    const { database } = running.service;
    await signUp();
    const [over] = await database.query<[{ id: string }]>('SELECT id FROM sign_ups');
    await database.query(`UPDATE sign_ups SET kept_until = now() - interval '1 s'`);
    await running.letTimePass('30 days');
    await signUp();
    const kept = await database.query<{ id: string }[]>('SELECT id FROM sign_ups');
    expect(kept).toHaveLength(1);
    expect(kept).not.toEqual([over]);
  });

  test('is not confirmed after 7 days', async () => {
    const [mail] = await signUp();
    await running.service.database.query(`UPDATE sign_ups SET kept_until = now() - interval '1 s'`);
    expect(await confirmSubscription(running.service, confirmationTokenIn(mail!))).toMatchObject({
      confirmed: false,
    });
    expect(await rowOf(running.service, erased)).toBeUndefined();
  });
});
