import { beforeEach, describe, expect, test } from '@jest/globals';
import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import { ManualClock } from '../request/testing/manual-clock.js';
import { RevokedSessions } from './revoked-sessions.js';

const SECOND = 1_000;

let clock: ManualClock;
let revoked: RevokedSessions;
beforeEach(() => {
  clock = new ManualClock();
  revoked = new RevokedSessions(clock);
});

describe('a revoked session', () => {
  test('is kept a little longer than the lifetime of an access token', () => {
    revoked.add(['a']);
    clock.advance((ACCESS_TOKEN_SECONDS + 30) * SECOND);
    revoked.forgetOld();
    expect([revoked.has('a'), revoked.has('b')]).toEqual([true, false]);
    clock.advance(60 * SECOND);
    revoked.forgetOld();
    expect([revoked.has('a'), revoked.size]).toEqual([false, 0]);
  });

  test('is not kept longer when it is added repeatedly', () => {
    for (let second = 0; second < ACCESS_TOKEN_SECONDS + 60; second += 1) {
      revoked.add(['a']);
      clock.advance(SECOND);
    }
    revoked.forgetOld();
    expect(revoked.size).toBe(0);
  });

  test('is reported to listeners after all sessions were added, and each time it is added', () => {
    const calls: [string, boolean][] = [];
    revoked.onRevoked((id) => calls.push([id, revoked.has('b')]));
    revoked.add(['a', 'b']);
    revoked.add(['b']);
    expect(calls).toEqual([
      ['a', true],
      ['b', true],
      ['b', true],
    ]);
  });

  test('is removed early, the oldest first, only above half a million sessions', () => {
    revoked.add(['oldest', 'old']);
    revoked.add(Array.from({ length: 499_998 }, (_, n) => String(n)));
    expect([revoked.has('oldest'), revoked.size]).toEqual([true, 500_000]);
    revoked.add(['new']);
    expect([revoked.has('oldest'), revoked.has('old'), revoked.has('new'), revoked.size]).toEqual([
      false,
      true,
      true,
      500_000,
    ]);
  });
});
