import { newId } from '@kit/database';
import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { READER } from '../../testing/callers.js';
import { row, store } from '../../testing/rows.js';
import { confirmSubscription, resendConfirmation, rowOf } from '../../testing/sign-ups.js';
import { confirmationTokenIn, unsubscribeTokenIn, withMailbox } from '../../testing/with-mailbox.js';

describe('resendConfirmation', () => {
  const running = withMailbox();
  /** Adds a subscriber who has to confirm, and waits for the mail. */
  const pending = async (email: string): Promise<string> => {
    const { subscriber } = await addSubscriber(running.service, { email, requireConfirmation: true });
    await running.settled();
    expect(running.smtp.to(email)).toHaveLength(1);
    return subscriber!.id;
  };

  test('mails another link an hour after the mail of the addition, and the last link confirms', async () => {
    const { service, smtp } = running;
    const email = 'Ada@Example.com';
    const id = await pending(email);
    await running.letTimePass('1 hour');
    expect(await resendConfirmation(service, id)).toEqual({ accepted: true, userErrors: [] });
    await running.settled();
    const [first, second, ...more] = smtp.to(email);
    expect(more).toEqual([]);
    const [earlier, later] = [confirmationTokenIn(first!), confirmationTokenIn(second!)];
    expect(later).not.toBe(earlier);
    expect(unsubscribeTokenIn(second!)).toBe(unsubscribeTokenIn(first!));
    expect(await rowOf(service, 'ada@example.com')).toMatchObject({ status: 'PENDING', revision: 1 });
    expect(await confirmSubscription(service, later)).toMatchObject({ confirmed: true });
    expect(await rowOf(service, 'ada@example.com')).toMatchObject({ status: 'ACTIVE', revision: 2 });
    expect(await confirmSubscription(service, earlier)).toMatchObject({ confirmed: false });
  });

  test('also leaves the link of the first mail valid until one is used', async () => {
    const email = 'first@example.com';
    const id = await pending(email);
    await running.letTimePass('1 hour');
    await resendConfirmation(running.service, id);
    await running.settled();
    const [first, second] = running.smtp.to(email).map(confirmationTokenIn);
    expect(await confirmSubscription(running.service, first!)).toMatchObject({ confirmed: true });
    expect(await confirmSubscription(running.service, second!)).toMatchObject({ confirmed: false });
  });

  test('is rejected for an hour after a mail, and says how long', async () => {
    const { service, smtp } = running;
    const email = 'often@example.com';
    const id = await pending(email);
    for (const [passed, wait] of [
      ['0 minutes', '60 minutes'],
      ['58 minutes 30 seconds', '2 minutes'],
      ['1 minute', '1 minute'],
    ] as const) {
      await running.letTimePass(passed);
      expect(await resendConfirmation(service, id)).toEqual({
        accepted: false,
        userErrors: [
          {
            code: 'RATE_LIMITED',
            field: ['input', 'id'],
            message: expect.stringContaining(`Try again in ${wait}.`),
          },
        ],
      });
    }
    await running.settled();
    expect(smtp.to(email)).toHaveLength(1);
  });

  test.each(['ACTIVE', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED'] as const)(
    'is rejected for a subscriber with the status %s',
    async (status) => {
      const subscriber = row({ email: `${status.toLowerCase()}@example.com`, status });
      await store(running.service.database, [subscriber]);
      expect(await resendConfirmation(running.service, subscriber.id)).toEqual({
        accepted: false,
        userErrors: [
          {
            code: 'INVALID_INPUT',
            field: ['input', 'id'],
            message: expect.stringContaining('status PENDING'),
          },
        ],
      });
      await running.settled();
      expect(running.smtp.to(subscriber.email!)).toEqual([]);
    },
  );

  test('does not find erased, unknown and malformed ids', async () => {
    const erased = row({ email: 'erased@example.com', status: 'ERASED' });
    await store(running.service.database, [erased]);
    for (const id of [erased.id, newId(), 'x']) {
      expect(await resendConfirmation(running.service, id)).toMatchObject({
        accepted: false,
        userErrors: [{ code: 'NOT_FOUND', field: ['input', 'id'] }],
      });
    }
  });

  test('requires subscribers:write', async () => {
    await expect(resendConfirmation(running.service, newId(), READER)).rejects.toThrow('FORBIDDEN');
  });
});
