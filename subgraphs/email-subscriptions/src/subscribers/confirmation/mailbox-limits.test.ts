import { beforeEach, describe, expect, test } from '@jest/globals';
import { confirmSubscription, resendConfirmation, rowOf, subscribe } from '../../testing/sign-ups.js';
import { confirmationTokenIn, withMailbox } from '../../testing/with-mailbox.js';

describe('confirmation mails to the tagged addresses of a mailbox', () => {
  const running = withMailbox();
  beforeEach(async () => {
    await running.service.database.query('DELETE FROM confirmation_limits');
    running.smtp.mails.length = 0;
  });
  const signUp = async (...emails: string[]) => {
    for (const email of emails) await subscribe(running.service, { email });
    await running.settled();
    return running.smtp.mails.map(({ recipients: [to] }) => to!);
  };
  const tagged = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => `ann+${from + n}@a.example`);

  test('are five, until an hour has passed', async () => {
    expect(await signUp(...tagged(1, 12))).toHaveLength(5);
    await running.letTimePass('59 minutes');
    expect(await signUp(...tagged(13, 16))).toHaveLength(5);
    await running.letTimePass('1 minute');
    expect(await signUp(...tagged(17, 28))).toHaveLength(10);
  });

  test('do not count for other mailboxes, and for the address without a tag', async () => {
    await signUp(...tagged(31, 40));
    const others = ['ann@a.example', 'ann+1@b.example', 'bob+1@a.example', '+1@a.example'];
    expect(await signUp(...others)).toEqual(expect.arrayContaining(others));
  });

  test('can be requested by staff when the hour is over', async () => {
    const last = 'ann+46@a.example';
    await signUp(...tagged(41, 46));
    const { id } = (await rowOf(running.service, last))!;
    expect(await resendConfirmation(running.service, id)).toMatchObject({
      accepted: false,
      userErrors: [{ code: 'RATE_LIMITED', message: expect.stringMatching(/Try again in \d+ minutes/) }],
    });
    await running.letTimePass('1 hour');
    expect(await resendConfirmation(running.service, id)).toMatchObject({ accepted: true });
    await running.settled();
    const mail = running.smtp.mails.find(({ recipients }) => recipients.includes(last))!;
    expect(await confirmSubscription(running.service, confirmationTokenIn(mail))).toMatchObject({
      confirmed: true,
    });
  });
});
