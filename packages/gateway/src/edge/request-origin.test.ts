import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { requestOrigin } from './request-origin.js';

const request = (headers: Record<string, string>, remoteAddress: string | undefined = '192.0.2.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

/** A UTF-8 header as Node.js decodes it. */
const asSent = (text: string) => Buffer.from(text).toString('latin1');

describe('the origin of a request', () => {
  test('is the address and the user agent of the client', () => {
    expect(requestOrigin(request({ 'user-agent': 'Firefox' }), 0)).toEqual({
      ip: '192.0.2.1',
      userAgent: 'Firefox',
    });
  });

  test('can be in any script', () => {
    const { userAgent } = requestOrigin(request({ 'user-agent': asSent('Füchse 🦊') }), 0);
    expect(userAgent).toBe('Füchse 🦊');
  });

  test('has the whole address from the trusted proxies, not its network', () => {
    const forwarded = request({ 'x-forwarded-for': '203.0.113.9, 2001:db8::1%eth0' });
    expect(requestOrigin(forwarded, 1).ip).toBe('2001:db8::1');
    expect(requestOrigin(forwarded, 0).ip).toBe('192.0.2.1');
  });

  test.each([
    ['no header', {}],
    ['an empty header', { 'user-agent': '' }],
    ['only control characters', { 'user-agent': asSent('\t\u0080\u009f ') }],
  ])('has no user agent with %s', (_, headers) => {
    expect(requestOrigin(request(headers as Record<string, string>), 0).userAgent).toBeNull();
  });

  test('is empty when the connection is closed', () => {
    const gone = { headers: {}, socket: {} } as unknown as IncomingMessage;
    expect(requestOrigin(gone, 0)).toEqual({ ip: null, userAgent: null });
  });

  test('has at most 256 characters of the user agent, without control characters', () => {
    const long = requestOrigin(
      request({ 'user-agent': asSent(`a\u001b[31m\u009bb\t${'x'.repeat(9_000)}`) }),
      0,
    );
    expect(long.userAgent).toBe(`a[31mb${'x'.repeat(250)}`);
  });

  test('ignores all other headers', () => {
    const claims = {
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'true-client-ip': '203.0.113.9',
      'sec-ch-ua': 'Forged',
      'x-user-agent': 'Forged',
    };
    expect(requestOrigin(request(claims), 0)).toEqual({ ip: '192.0.2.1', userAgent: null });
  });
});
