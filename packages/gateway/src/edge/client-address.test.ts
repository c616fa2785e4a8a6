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
    ['without the header', '192.0.2.1', undefined, '192.0.2.1'],
    ['with a forged header', '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['on a dual-stack socket', '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['on a closed connection', undefined, undefined, ''],
  ])('is the peer of the socket when no proxy is trusted: %s', (_, remote, forwarded, address) => {
    expect(clientAddress(request(remote, forwarded), 0)).toBe(address);
  });

  test.each([
    ['one proxy', 1, '203.0.113.9', '203.0.113.9'],
    ['one proxy, with forged entries', 1, '1.1.1.1, 2.2.2.2, 203.0.113.9', '203.0.113.9'],
    ['two proxies', 2, '1.1.1.1,203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ['one proxy, over IPv6', 1, '2001:db8::1', '2001:db8::1'],
  ])('is the entry of the first trusted proxy: %s', (_, hops, forwarded, address) => {
    expect(clientAddress(request('10.0.0.1', forwarded), hops)).toBe(address);
  });

  test.each([
    ['missing', undefined],
    ['too short', '203.0.113.9'],
    ['invalid', 'unknown, unknown'],
    ['empty', ''],
  ])('is the nearest proxy when the header is %s', (_, forwarded) => {
    expect(clientAddress(request('10.0.0.1', forwarded), 2)).toBe('10.0.0.1');
  });
});
