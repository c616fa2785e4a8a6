import { describe, expect, test } from '@jest/globals';
import { confirmationTokenIn, unsubscribeTokenIn, withMailbox } from '../../testing/with-mailbox.js';
import { confirmSubscription, rowOf, subscribe, unsubscribe } from '../../testing/sign-ups.js';

const EMAIL = 'Ada@Example.com';
const ADA = 'ada@example.com';

describe('a sign-up', () => {
  const running = withMailbox({ SIGN_UP_TAGS: 'news, offers', SIGN_UP_ATTRIBUTES: 'city' });

  test('adds a pending subscriber, whom the link in the mail confirms, and the link in the footer unsubscribes', async () => {
    const { service, smtp } = running;
    const input = {
      email: EMAIL,
      name: 'Ada',
      tags: ['offers', 'news'],
      attributes: { city: 'London' },
      origin: 'https://example.com/form',
      consentText: 'Send me news.',
    };
    expect(await subscribe(service, input)).toEqual({ accepted: true, userErrors: [] });
    await running.settled();
    const evidence = {
      ip: '192.0.2.7',
      userAgent: 'Visitor/1.0',
      origin: 'https://example.com/form',
      text: 'Send me news.',
      givenAt: expect.any(String),
    };
    expect(await rowOf(service, ADA)).toMatchObject({
      status: 'PENDING',
      name: 'Ada',
      tags: ['news', 'offers'],
      attributes: { city: 'London' },
      source: 'FORM',
      consent: { ...evidence, method: 'SINGLE_OPT_IN' },
    });
    expect(smtp.mails).toHaveLength(1);
    const [mail] = smtp.mails;
    const token = confirmationTokenIn(mail!);
    expect(await confirmSubscription(service, token)).toEqual({ confirmed: true, userErrors: [] });
    expect(await rowOf(service, ADA)).toMatchObject({
      status: 'ACTIVE',
      confirmed_at: expect.any(Date),
      consent: { ...evidence, method: 'DOUBLE_OPT_IN' },
    });
    expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: true });
    for (const _ of [1, 2]) {
      expect(await unsubscribe(service, unsubscribeTokenIn(mail!))).toEqual({
        unsubscribed: true,
        userErrors: [],
      });
    }
    expect(await rowOf(service, ADA)).toMatchObject({ status: 'UNSUBSCRIBED', revision: 3 });
    expect(await confirmSubscription(service, token)).toEqual({
      confirmed: false,
      userErrors: [
        { code: 'INVALID_TOKEN', field: ['input', 'token'], message: expect.stringContaining('expired') },
      ],
    });
  });
});
