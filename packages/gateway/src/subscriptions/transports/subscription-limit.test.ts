import { expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import type { Identity } from '../../request/identity.js';
import { SubscriptionLimit } from './subscription-limit.js';

const HERE = () => 'here';
const inSession = (userId: string, sessionId: string): Identity => ({
  viewer: { userId, sessionId },
  scopes: new Set(),
});

test('limits the subscriptions of a viewer over all sessions, without affecting others', () => {
  const limit = new SubscriptionLimit(2);
  const first = limit.take(inSession('ada', 'desk'), HERE);
  expect(limit.take(inSession('ada', 'phone'), HERE)).not.toBeNull();
  expect(limit.take(inSession('ada', 'tablet'), HERE)).toBeNull();
  expect(limit.take(inSession('bob', 'desk'), HERE)).not.toBeNull();
  first?.();
  expect(limit.take(inSession('ada', 'tablet'), HERE)).not.toBeNull();
  expect(limit.take(inSession('ada', 'tablet'), HERE)).toBeNull();
});

test('limits anonymous clients at one address together, apart from a viewer with the same name', () => {
  const limit = new SubscriptionLimit(1);
  expect(limit.take(inSession('here', 's'), HERE)).not.toBeNull();
  expect(limit.take(ANONYMOUS, HERE)).not.toBeNull();
  expect(limit.take(ANONYMOUS, HERE)).toBeNull();
  expect(limit.take(ANONYMOUS, () => 'elsewhere')).not.toBeNull();
});

test('gives back one place when a subscription ends twice', () => {
  const limit = new SubscriptionLimit(2);
  const ends = limit.take(ANONYMOUS, HERE);
  limit.take(ANONYMOUS, HERE);
  ends?.();
  ends?.();
  expect(limit.take(ANONYMOUS, HERE)).not.toBeNull();
  expect(limit.take(ANONYMOUS, HERE)).toBeNull();
});

test('names the limit in the error', () => {
  expect(new SubscriptionLimit(7).rejection).toEqual({
    message: 'You may have 7 subscriptions at a time, over all your connections.',
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5 },
  });
});
