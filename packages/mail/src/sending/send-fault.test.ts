import { describe, expect, test } from '@jest/globals';
import { describeSendFault, isRefusal } from './send-fault.js';

const refused = (response: string, command = 'RCPT TO') => {
  const responseCode = Number(response.slice(0, 3));
  return describeSendFault(
    Object.assign(new Error(response), { code: 'EENVELOPE', responseCode, response, command }),
  );
};

describe('a response of the mail server', () => {
  test.each([
    '550 no such user here',
    '501 cannot read this address',
    '551 user not local',
    '553 mailbox name not allowed',
    '550 5.1.1 <ada@example.com>: recipient address rejected',
    '550-5.1.1 The mailbox that you tried to reach does not exist',
    '554 5.1.2 unknown host',
    '556 5.1.10 recipient address has null MX',
  ])('about the mailbox ends the retries: %s', (response) => {
    expect(isRefusal(refused(response))).toBe(true);
  });

  test.each([
    '554 5.7.1 <ada@example.com>: relay access denied',
    '550 5.7.1 unable to relay',
    '530 5.7.0 authentication required',
    '530 log in first',
    '554 transaction failed',
    '550 5.1.8 sender address rejected',
    '552 5.2.2 mailbox full',
    '451 4.7.1 greylisted',
  ])('about the sender, or a temporary one, does not: %s', (response) => {
    expect(isRefusal(refused(response))).toBe(false);
  });

  test('to another command than RCPT TO does not end the retries', () => {
    expect(isRefusal(refused('550 5.1.1 no', 'MAIL FROM'))).toBe(false);
    expect(isRefusal(refused('550 5.1.1 no', 'DATA'))).toBe(false);
  });

  test('is logged without the address', () => {
    const fault = refused('550 5.1.1 <ada@example.com>: rejected');
    expect(fault).toEqual({
      code: 'EENVELOPE',
      responseCode: 550,
      enhancedCode: '5.1.1',
      command: 'RCPT TO',
    });
  });
});
