import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { requestOrigin } from './request-origin.js';

const request = (headers: Record<string, string>, remoteAddress: string | undefined = '192.0.2.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

/** A header in UTF-8, as Node.js hands it over. */
const asSent = (text: string) => Buffer.from(text).toString('latin1');

describe('where a request came from', () => {
  test('is the address of the client, and what it calls itself', () => {
    expect(requestOrigin(request({ 'user-agent': 'Firefox' }), 0)).toEqual({
      ip: '192.0.2.1',
      userAgent: 'Firefox',
    });
  });

  test('is told in any script', () => {
    const { userAgent } = requestOrigin(request({ 'user-agent': asSent('Füchse 🦊') }), 0);
    expect(userAgent).toBe('Füchse 🦊');
  });

  test('is a plain address, as the proxies of ours tell it, and no network', () => {
    const forwarded = request({ 'x-forwarded-for': '203.0.113.9, 2001:db8::1%eth0' });
    expect(requestOrigin(forwarded, 1).ip).toBe('2001:db8::1');
    expect(requestOrigin(forwarded, 0).ip).toBe('192.0.2.1');
  });

  test.each([
    ['nothing', {}],
    ['an empty user agent', { 'user-agent': '' }],
    ['nothing that can be read', { 'user-agent': asSent('\t\u0080\u009f ') }],
  ])('says nothing of a client that says %s', (_, headers) => {
    expect(requestOrigin(request(headers as Record<string, string>), 0).userAgent).toBeNull();
  });

  test('is not told when the connection is gone', () => {
    const gone = { headers: {}, socket: {} } as unknown as IncomingMessage;
    expect(requestOrigin(gone, 0)).toEqual({ ip: null, userAgent: null });
  });

  test('holds 256 characters of a long user agent, and none that controls a terminal', () => {
    const long = requestOrigin(
      request({ 'user-agent': asSent(`a\u001b[31m\u009bb\t${'x'.repeat(9_000)}`) }),
      0,
    );
    expect(long.userAgent).toBe(`a[31mb${'x'.repeat(250)}`);
  });

  test('is nothing that a client claims in another header', () => {
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
