import { newId } from '@kit/database';
import { describe, expect, test } from '@jest/globals';
import { SubscriberKeys } from './subscriber-keys.js';

const [FIRST, SECOND, THIRD] = ['the first secret', 'the second secret', 'the third secret'];
const keys = (current: string, ...previous: string[]) =>
  new SubscriberKeys({ SUBSCRIBER_SECRET: current, SUBSCRIBER_SECRETS_PREVIOUS: previous });

describe('the token of an unsubscribe link', () => {
  test('names its subscriber, also after any number of rotations', () => {
    const id = newId();
    const token = keys(FIRST).unsubscribeToken(id);
    expect(token).toMatch(/^[\w-]{48}$/);
    for (const later of [keys(FIRST), keys(SECOND, FIRST), keys(THIRD, SECOND, FIRST)]) {
      expect(later.subscriberOfToken(token)).toBe(id);
    }
    expect(keys(SECOND).subscriberOfToken(token)).toBeNull();
  });

  test('is not valid if any character was changed, added or removed', () => {
    const token = keys(FIRST).unsubscribeToken(newId());
    for (let place = 0; place < token.length; place += 1) {
      const other = token[place] === 'A' ? 'B' : 'A';
      const changed = `${token.slice(0, place)}${other}${token.slice(place + 1)}`;
      expect(keys(FIRST).subscriberOfToken(changed)).toBeNull();
    }
    for (const changed of ['', ` ${token}`, `${token}=`, `${token}A`, token.slice(1), `${token}\0`]) {
      expect(keys(FIRST).subscriberOfToken(changed)).toBeNull();
    }
  });
});

describe('the hash of an address', () => {
  test('depends on the current secret, and is found with the earlier ones', () => {
    const hash = keys(FIRST).addressHash('ann@example.com');
    expect(keys(SECOND, FIRST).addressHash('ann@example.com')).not.toEqual(hash);
    expect(keys(SECOND, FIRST).addressHashes('ann@example.com')).toContainEqual(hash);
    expect(keys(SECOND, FIRST).addressHashes('bob@example.com')).not.toContainEqual(hash);
  });
});
