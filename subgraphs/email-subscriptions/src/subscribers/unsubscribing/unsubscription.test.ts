import { newId } from '@kit/database';
import { describe, expect, test } from '@jest/globals';
import { EDITOR, READER } from '../../testing/callers.js';
import { change, subscriberOf } from '../../testing/changes.js';
import { row, store } from '../../testing/rows.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import {
  confirmSubscription,
  resendConfirmation,
  subscribe,
  unsubscribe,
  unsubscribeSubscriber,
} from '../../testing/sign-ups.js';
import { confirmationTokenIn, withMailbox } from '../../testing/with-mailbox.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import type { SubscriberStatus } from '../subscriber-status.js';

const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });

describe('an unsubscription', () => {
  const running = withMailbox();
  let stored = 0;
  const subscriberWith = async (status: SubscriberStatus) => {
    const subscriber = row({ email: `person${(stored += 1)}@example.com`, status });
    await store(running.service.database, [subscriber]);
    return subscriber;
  };
  /** The statuses before and after each unsubscription, by the log of events. */
  const eventsOf = async (id: string) => {
    await running.service.settled();
    return running.service.database.query<object[]>(
      `SELECT detail FROM event_log WHERE subject_id = $1 AND type = 'subscriber.unsubscribed'`,
      [id],
    );
  };
  const historyOf = async (id: string) => (await subscriberOf(running.service, id)).history.nodes;

  test('by staff is recorded with its reason, and a second one changes nothing', async () => {
    const { id } = await subscriberWith('ACTIVE');
    const first = await change(running.service, 'unsubscribeSubscriber', { id, reason: ' called us ' });
    expect(first).toMatchObject({ subscriber: { status: 'UNSUBSCRIBED', revision: 2 }, userErrors: [] });
    const again = await Promise.all(
      [1, 2].map((n) => change(running.service, 'unsubscribeSubscriber', { id, reason: `again ${n}` })),
    );
    for (const result of again) expect(result).toEqual(first);
    expect(await historyOf(id)).toMatchObject([
      { kind: 'UNSUBSCRIBED', changed: [], reason: 'called us', by: { id: EDITOR.viewer.userId } },
      { kind: 'ADDED' },
    ]);
    expect(await eventsOf(id)).toEqual([{ detail: { before: 'ACTIVE', after: 'UNSUBSCRIBED' } }]);
  });

  test.each([
    ['by staff', (id: string) => unsubscribeSubscriber(running.service, { id })],
    ['by a link', (id: string) => unsubscribe(running.service, keys.unsubscribeToken(id))],
  ])('%s is possible in every status, and a complaint stays one', async (_by, run) => {
    for (const [before, after] of [
      ['PENDING', 'UNSUBSCRIBED'],
      ['ACTIVE', 'UNSUBSCRIBED'],
      ['BOUNCED', 'UNSUBSCRIBED'],
      ['COMPLAINED', 'COMPLAINED'],
    ] as const) {
      const { id } = await subscriberWith(before);
      for (const _ of [1, 2]) expect((await run(id)).userErrors).toEqual([]);
      expect(await subscriberOf(running.service, id)).toMatchObject({ status: after, revision: 2 });
      expect(await eventsOf(id)).toEqual([{ detail: { before, after } }]);
    }
  });

  test('by the subscriber has no user in the history', async () => {
    const { id } = await subscriberWith('ACTIVE');
    await unsubscribe(running.service, keys.unsubscribeToken(id));
    expect(await historyOf(id)).toMatchObject([
      { kind: 'UNSUBSCRIBED', reason: null, by: null },
      { kind: 'ADDED' },
    ]);
  });

  test('many times at the same time is one change', async () => {
    const { id } = await subscriberWith('ACTIVE');
    const token = keys.unsubscribeToken(id);
    const results = await Promise.all(Array.from({ length: 10 }, () => unsubscribe(running.service, token)));
    expect(new Set(results.map(({ unsubscribed }) => unsubscribed))).toEqual(new Set([true]));
    expect(await subscriberOf(running.service, id)).toMatchObject({ status: 'UNSUBSCRIBED', revision: 2 });
  });

  test('by the link of an erased subscriber succeeds and changes nothing', async () => {
    const { id } = await subscriberWith('ERASED');
    const token = keys.unsubscribeToken(id);
    expect(await unsubscribe(running.service, token)).toEqual({ unsubscribed: true, userErrors: [] });
    expect(await subscriberOf(running.service, id)).toMatchObject({ status: 'ERASED', revision: 1 });
  });

  test('by an invalid link is rejected', async () => {
    expect(await unsubscribe(running.service, 'x')).toEqual({
      unsubscribed: false,
      userErrors: [{ code: 'INVALID_TOKEN', field: ['input', 'token'], message: expect.any(String) }],
    });
  });

  test('by staff withdraws the links of confirmation mails, also a second one', async () => {
    const { service, smtp } = running;
    const { id, email } = await subscriberWith('PENDING');
    await resendConfirmation(service, id);
    await running.settled();
    const tokens = () => smtp.to(email!).map(confirmationTokenIn);
    await unsubscribeSubscriber(service, { id });
    await running.letTimePass('1 hour');
    await subscribe(service, { email });
    await running.settled();
    expect(tokens()).toHaveLength(2);
    await unsubscribeSubscriber(service, { id });
    for (const token of tokens()) {
      expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: false });
    }
    expect(await subscriberOf(service, id)).toMatchObject({ status: 'UNSUBSCRIBED', revision: 2 });
  });

  test('by staff does not find erased, unknown and malformed ids, and checks the reason', async () => {
    const erased = await subscriberWith('ERASED');
    for (const id of [erased.id, newId(), 'x']) {
      expect(await unsubscribeSubscriber(running.service, { id })).toMatchObject({
        subscriber: null,
        userErrors: [{ code: 'NOT_FOUND', field: ['input', 'id'] }],
      });
    }
    const { id } = await subscriberWith('ACTIVE');
    for (const reason of ['x'.repeat(501), 'a\u0000b']) {
      expect(await unsubscribeSubscriber(running.service, { id, reason })).toMatchObject({
        subscriber: null,
        userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'reason'] }],
      });
    }
    expect(await subscriberOf(running.service, id)).toMatchObject({ status: 'ACTIVE', revision: 1 });
  });

  test('by staff requires subscribers:write', async () => {
    const { id } = await subscriberWith('ACTIVE');
    await expect(unsubscribeSubscriber(running.service, { id }, READER)).rejects.toThrow('FORBIDDEN');
  });
});
