import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import type { Identity } from '../request/identity.js';
import { RateLimited } from '../request/gateway-errors.js';
import { RateLimit } from './rate-limit.js';

const OPTIONS = { operations: 2, seconds: 60, trustedHops: 0 };
const person = (userId: string, sessionId = 's'): Identity => ({
  viewer: { userId, sessionId },
  scopes: new Set(),
});
const here = () => '192.0.2.1';
const there = () => '192.0.2.2';

describe('a rate limit', () => {
  test('applies to one user over all sessions and addresses', async () => {
    const limit = new RateLimit(OPTIONS);
    await limit.take(person('ada', 's1'), here);
    await limit.take(person('ada', 's2'), there);
    await expect(limit.take(person('ada', 's3'), here)).rejects.toBeInstanceOf(RateLimited);
    await limit.take(person('bob'), here);
    await limit.take(ANONYMOUS, here);
  });

  test('applies to all anonymous clients of one address together, including those with an invalid token', async () => {
    const limit = new RateLimit(OPTIONS);
    await limit.take(ANONYMOUS, here);
    await limit.take(null, here);
    await expect(limit.take(ANONYMOUS, here)).rejects.toBeInstanceOf(RateLimited);
    await limit.take(ANONYMOUS, there);
  });

  test('returns the seconds until a retry', async () => {
    const limit = new RateLimit({ ...OPTIONS, operations: 1 });
    await limit.take(ANONYMOUS, here);
    const error: unknown = await limit.take(ANONYMOUS, here).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'RATE_LIMITED' });
    const { retryAfterSeconds } = error as RateLimited;
    expect(retryAfterSeconds).toBeGreaterThan(50);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  test('counts an IPv6 /64 network as one address', () => {
    const limit = new RateLimit(OPTIONS);
    const at = (remoteAddress: string) =>
      limit.placeOf({ headers: {}, socket: { remoteAddress } } as unknown as IncomingMessage);
    expect(at('2001:db8:1:2::aaaa')).toBe(at('2001:db8:1:2:ffff::bbbb'));
    expect(at('2001:db8:1:2::1')).not.toBe(at('2001:db8:1:3::1'));
  });

  test('of 0 is disabled', async () => {
    const limit = new RateLimit({ ...OPTIONS, operations: 0 });
    for (let n = 0; n < 100; n += 1) await limit.take(ANONYMOUS, here);
  });
});
