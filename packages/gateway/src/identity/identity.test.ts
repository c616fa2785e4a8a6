import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { signedAccessTokens } from '@kit/auth';
import { pino } from 'pino';
import { SubgraphUnavailable, Unauthenticated } from '../request/gateway-errors.js';
import { ManualClock } from '../request/testing/manual-clock.js';
import { IdentityService } from './identity.js';
import { KeySet } from './key-set.js';
import { RevokedSessions } from './revoked-sessions.js';
import { bearer, issuersKey, PARTIES, published } from './testing/issued.js';
import { FakeServer } from './testing/fake-server.js';
import { until } from '../request/testing/until.js';

const REFRESH_MS = 1_000;
const logger = pino({ level: 'silent' });
const [one, other] = [issuersKey(), issuersKey()];

let issuer: FakeServer;
let clock: ManualClock;
let keys: KeySet;
let revoked: RevokedSessions;
let identities: IdentityService;
beforeEach(async () => {
  issuer = await FakeServer.start();
  clock = new ManualClock();
  revoked = new RevokedSessions(clock);
  keys = new KeySet({ url: issuer.origin, refreshMs: REFRESH_MS, algorithms: ['ES256'] }, logger, clock);
  identities = new IdentityService({ keys, profile: signedAccessTokens(PARTIES) }, logger, revoked);
  issuer.answer = () => published(one);
  await keys.start();
});
afterEach(async () => {
  keys.stop();
  await issuer.stop();
});

const identify = async (token: string) => identities.identify(token);

async function nextFetch(): Promise<void> {
  const before = issuer.received.length;
  clock.advance(REFRESH_MS);
  await until(() => issuer.received.length > before && clock.pending === 1);
}

describe('a token of a revoked session', () => {
  test('is rejected at once although it was verified before, and tokens of other sessions are not', async () => {
    const [verified, same, another] = [bearer(one, 'a'), bearer(one, 'a'), bearer(one, 'b')];
    const before = await identify(verified);
    expect(await identify(verified)).toBe(before);
    revoked.add(['a']);
    // Throws synchronously.
    expect(() => identities.identify(verified)).toThrow(Unauthenticated);
    await expect(identify(same)).rejects.toThrow(Unauthenticated);
    expect(() => identities.identify(same)).toThrow(Unauthenticated);
    expect(await identify(another)).toMatchObject({ viewer: { sessionId: 'b' } });
  });
});

describe('a token', () => {
  test('is rejected when its key was withdrawn, although it was verified before', async () => {
    const [withdrawn, good] = [bearer(one), bearer(other)];
    issuer.answer = () => published(one, other);
    await nextFetch();
    await Promise.all([identify(withdrawn), identify(good)]);
    issuer.answer = () => published(other);
    await nextFetch();
    await expect(identify(withdrawn)).rejects.toThrow(Unauthenticated);
    expect(await identify(good)).toMatchObject({ viewer: { userId: 'u' } });
  });

  test('with an unknown key is rejected as invalid, or as unavailable while the issuer is down', async () => {
    await expect(identify(bearer(other))).rejects.toThrow(Unauthenticated);
    issuer.answer = () => 'hang up';
    await nextFetch();
    await expect(identify(bearer(other))).rejects.toThrow(SubgraphUnavailable);
    expect(await identify(bearer(one))).toMatchObject({ viewer: { userId: 'u' } });
    issuer.answer = () => published(one, other);
    await nextFetch();
    expect(await identify(bearer(other))).toMatchObject({ viewer: { userId: 'u' } });
  });
});
