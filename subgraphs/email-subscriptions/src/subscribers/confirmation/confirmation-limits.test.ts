import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import {
  confirmSubscription,
  resendConfirmation,
  rowOf,
  subscribe,
  unsubscribe,
} from '../../testing/sign-ups.js';
import { confirmationTokenIn, unsubscribeTokenIn, withMailbox } from '../../testing/with-mailbox.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);
const AT_MOST = 5;

describe('confirmation mails to an address', () => {
  const running = withMailbox();
  let addresses = 0;
  const freshAddress = () => `address${(addresses += 1)}@example.com`;
  const idOf = async (email: string) => (await rowOf(running.service, email.toLowerCase()))?.id;
  /** Gives the subscriber of the address another address, so that the address is not on the list. */
  const vacate = async (email: string) => {
    const id = await idOf(email);
    if (id !== undefined) await change(running.service, 'updateSubscriber', { id, email: freshAddress() });
  };

  /** What causes a confirmation mail to an address that is not confirmed. */
  const ways = {
    subscribe: async (email: string) => {
      await subscribe(running.service, { email });
    },
    addSubscriber: async (email: string) => {
      await vacate(email);
      await addSubscriber(running.service, { email, requireConfirmation: true });
    },
    resendConfirmation: async (email: string) => {
      let id = await idOf(email);
      // It needs a subscriber, whose addition mails instead if a mail is allowed.
      if (id === undefined) {
        await ways.addSubscriber(email);
        id = await idOf(email);
      }
      await resendConfirmation(running.service, id!);
    },
    updateSubscriber: async (email: string) => {
      await vacate(email);
      const { subscriber } = await addSubscriber(running.service, { email: freshAddress() });
      await change(running.service, 'updateSubscriber', { id: subscriber!.id, email });
    },
  };
  type Way = keyof typeof ways;
  const WAYS = Object.keys(ways) as Way[];
  const mailsAfter = async (way: Way, email: string): Promise<number> => {
    await ways[way](email);
    await running.settled();
    return running.smtp.to(email).length;
  };

  test.each(WAYS.map((way, n) => [way, WAYS[(n + 1) % WAYS.length]!] as const))(
    'by %s have no other by %s within an hour',
    async (first, second) => {
      const email = freshAddress();
      expect(await mailsAfter(first, email)).toBe(1);
      await running.letTimePass('59 minutes');
      expect(await mailsAfter(second, email)).toBe(1);
      expect(await rowOf(running.service, email)).toMatchObject({ status: 'PENDING' });
      await running.letTimePass('1 minute');
      expect(await mailsAfter(second, email)).toBe(2);
    },
  );

  test('are five in all, in whatever way and spelling, until one is confirmed', async () => {
    const { service } = running;
    const email = freshAddress();
    for (let mails = 1; mails <= AT_MOST; mails += 1) {
      const spelling = mails % 2 === 0 ? email.toUpperCase() : email;
      expect(await mailsAfter(WAYS[mails % WAYS.length]!, spelling)).toBe(mails);
      await running.letTimePass('1 hour');
    }
    await running.letTimePass('100 days');
    for (const way of WAYS) expect(await mailsAfter(way, email)).toBe(AT_MOST);
    expect(await resendConfirmation(service, (await idOf(email))!)).toMatchObject({
      accepted: false,
      userErrors: [{ code: 'RATE_LIMITED', message: expect.stringContaining('five confirmation mails') }],
    });
  });

  test('are counted from the start once the address is confirmed', async () => {
    const { service, smtp } = running;
    const email = freshAddress();
    for (let mails = 1; mails <= AT_MOST; mails += 1) {
      expect(await mailsAfter('subscribe', email)).toBe(mails);
      await running.letTimePass('1 hour');
    }
    expect(await mailsAfter('subscribe', email)).toBe(AT_MOST);
    const last = smtp.to(email).at(-1)!;
    expect(await confirmSubscription(service, confirmationTokenIn(last))).toMatchObject({ confirmed: true });
    await unsubscribe(service, unsubscribeTokenIn(last));
    expect(await mailsAfter('subscribe', email)).toBe(AT_MOST + 1);
    expect(await mailsAfter('subscribe', email)).toBe(AT_MOST + 1);
  });

  test('are one for many requests at the same time', async () => {
    const { service } = running;
    const email = freshAddress();
    const { subscriber } = await addSubscriber(service, { email, requireConfirmation: true });
    await running.settled();
    await running.letTimePass('1 hour');
    const resent = await Promise.all(
      Array.from({ length: 8 }, async () => {
        await subscribe(service, { email });
        return resendConfirmation(service, subscriber!.id);
      }),
    );
    await running.settled();
    expect(resent.filter(({ accepted }) => accepted).length).toBeLessThanOrEqual(1);
    expect(running.smtp.to(email)).toHaveLength(2);
  });

  test('are one in 30 days once its subscriber was erased, counted from the last mail before', async () => {
    const { service } = running;
    const email = freshAddress();
    expect(await mailsAfter('addSubscriber', email)).toBe(1);
    await change(service, 'eraseSubscriber', { id: (await idOf(email))! }, ERASER);
    await running.letTimePass('29 days 23 hours');
    expect(await mailsAfter('subscribe', email)).toBe(1);
    await running.letTimePass('1 hour');
    expect(await mailsAfter('subscribe', email)).toBe(2);
    await running.letTimePass('29 days');
    expect(await mailsAfter('subscribe', email)).toBe(2);
    expect(await rowOf(service, email)).toBeUndefined();
  });
});
