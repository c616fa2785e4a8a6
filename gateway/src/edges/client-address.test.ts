import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { clientAddress } from './client-address.js';

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  test.each([
    ['who sends no header', '192.0.2.1', undefined, '192.0.2.1'],
    ['who makes one up', '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['over a socket for both families', '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['whose connection is gone', undefined, undefined, ''],
  ])('%s is the other end of the socket when no proxy is trusted', (_, remote, forwarded, address) => {
    expect(clientAddress(request(remote, forwarded), 0)).toBe(address);
  });

  test.each([
    ['by one proxy', 1, '203.0.113.9', '203.0.113.9'],
    ['by one proxy, with entries of the client’s own', 1, '1.1.1.1, 2.2.2.2, 203.0.113.9', '203.0.113.9'],
    ['by two proxies', 2, '1.1.1.1,203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ['by one proxy, over IPv6', 1, '2001:db8::1', '2001:db8::1'],
  ])('that is forwarded %s is the entry that the first of them wrote', (_, hops, forwarded, address) => {
    expect(clientAddress(request('10.0.0.1', forwarded), hops)).toBe(address);
  });

  test.each([
    ['no header', undefined],
    ['a short one', '203.0.113.9'],
    ['nonsense', 'unknown, unknown'],
    ['nothing', ''],
  ])('is the nearest proxy when the header holds %s', (_, forwarded) => {
    expect(clientAddress(request('10.0.0.1', forwarded), 2)).toBe('10.0.0.1');
  });
});
