import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ManualClock } from '../request/testing/manual-clock.js';
import { KeySet, UNKNOWN_KEY_PAUSE_MS } from './key-set.js';
import { issuersKey, published } from './testing/issued.js';
import { FakeServer, type FakeResponse } from './testing/fake-server.js';
import { until } from '../request/testing/until.js';

const REFRESH_MS = 300_000;
const HOUR = 3_600_000;
const [INFO, WARN] = [30, 40];

const [one, other] = [issuersKey('one'), issuersKey('other')];

let issuer: FakeServer;
let clock: ManualClock;
let keys: KeySet;
let lines: string[];
beforeEach(async () => {
  issuer = await FakeServer.start();
  clock = new ManualClock();
  lines = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  keys = new KeySet(
    { url: `${issuer.origin}/.well-known/jwks.json`, refreshMs: REFRESH_MS, algorithms: ['ES256'] },
    logger,
    clock,
  );
  issuer.answer = () => published(one);
  await keys.start();
});
afterEach(async () => {
  keys.stop();
  await issuer.stop();
});

/** Advances the clock to the next fetch, and waits until that is complete. */
async function nextFetch(ms = REFRESH_MS): Promise<void> {
  const before = issuer.received.length;
  clock.advance(ms);
  await until(() => issuer.received.length > before && clock.pending === 1);
}

const isKnown = async (kid: string) => (await keys.find(kid)) !== undefined;
const levels = () => lines.map((line) => (JSON.parse(line) as { level: number }).level);

describe('the public keys', () => {
  test('stay in use while the issuer is down, with one log line at the start and one at the end', async () => {
    issuer.answer = () => 'hang up';
    await nextFetch();
    const start = clock.now();
    while (clock.now() < start + 2 * HOUR) await nextFetch(30_000);
    expect(issuer.received.length).toBeGreaterThan(200);
    expect([await isKnown('one'), keys.isLoaded, keys.isCurrent]).toEqual([true, true, false]);
    issuer.answer = () => published(one, other);
    await nextFetch();
    expect([await isKnown('one'), await isKnown('other'), keys.isCurrent]).toEqual([true, true, true]);
    expect(levels()).toEqual([WARN, INFO]);
  });

  test('are fetched every two seconds while the issuer is down', async () => {
    issuer.answer = () => 'hang up';
    await nextFetch();
    for (let n = 0; n < 10; n += 1) await nextFetch(2_000);
    clock.advance(1_999);
    expect(clock.pending).toBe(1);
  });

  test.each<[string, FakeResponse]>([
    ['a body that is not JSON', { body: '<html>' }],
    ['a body without keys', { body: '{}' }],
    ['an empty key set', { body: '{"keys":[]}' }],
    ['keys of another kind', { body: '{"keys":[{"kty":"RSA","kid":"one","n":"AQ","e":"AQAB"}]}' }],
    ['a broken key', { body: '{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"AA","y":"AA"}]}' }],
    ['an error', { status: 500, body: '{"keys":[]}' }],
    ['a body that is too large', { body: `"${'x'.repeat(2 * 1024 * 1024)}"` }],
  ])('stay in use when the issuer returns %s', async (_, fault) => {
    issuer.answer = () => fault;
    await nextFetch();
    expect([await isKnown('one'), keys.isCurrent]).toEqual([true, false]);
  });

  test('are dropped, and the listener is called, when the issuer no longer publishes them', async () => {
    let dropped = 0;
    keys.onDropped(() => (dropped += 1));
    issuer.answer = () => published(one, other);
    await nextFetch();
    expect(dropped).toBe(0);
    issuer.answer = () => published(other);
    await nextFetch();
    expect([await isKnown('one'), await isKnown('other'), dropped]).toEqual([false, true, 1]);
  });

  test('are not fetched more than once in five seconds, however many tokens have unknown key ids', async () => {
    clock.advance(UNKNOWN_KEY_PAUSE_MS);
    issuer.answer = () => published(one, other);
    const found = await Promise.all(
      Array.from({ length: 5_000 }, (_, n) => isKnown(n % 2 ? 'other' : `made up ${n}`)),
    );
    expect(found.filter(Boolean).length).toBe(2_500);
    expect(issuer.received.length).toBe(2);
    for (let n = 0; n < 1_000; n += 1) expect(await isKnown(`made up ${n}`)).toBe(false);
    clock.advance(UNKNOWN_KEY_PAUSE_MS - 1);
    expect([await isKnown('made up'), issuer.received.length]).toEqual([false, 2]);
    clock.advance(1);
    expect([await isKnown('made up'), issuer.received.length]).toEqual([false, 3]);
  });

  test('are not fetched more often for unknown key ids when none have been fetched yet', async () => {
    const none = new KeySet(
      { url: `${issuer.origin}/keys`, refreshMs: REFRESH_MS, algorithms: ['ES256'] },
      pino({ level: 'silent' }),
      clock,
    );
    issuer.answer = () => 'hang up';
    await none.start();
    const before = issuer.received.length;
    for (let n = 0; n < 100; n += 1) expect(await none.find(`made up ${n}`)).toBeUndefined();
    expect(issuer.received.length).toBe(before);
    none.stop();
  });
});

test('all tokens are accepted with a new key each second, since keys are published ahead', async () => {
  const LEAD_SECONDS = 600;
  const all = Array.from({ length: 1_500 }, (_, second) => ({
    ...one,
    jwk: { ...one.jwk, kid: `at ${second}` },
  }));
  const start = clock.now();
  const second = () => Math.floor((clock.now() - start) / 1_000);
  // Each key is published from `LEAD_SECONDS` before it signs until its last token has expired.
  issuer.answer = () => published(...all.slice(Math.max(0, second() - 660), second() + LEAD_SECONDS + 1));
  await nextFetch();
  const lost: number[] = [];
  while (second() < 1_490 - LEAD_SECONDS) {
    const before = issuer.received.length;
    const plannedAt = clock.pending;
    clock.advance(1_000);
    if (clock.pending < plannedAt) await until(() => issuer.received.length > before && clock.pending === 1);
    const fetches = issuer.received.length;
    if (!(await isKnown(`at ${second()}`))) lost.push(second());
    expect(issuer.received.length).toBe(fetches);
  }
  expect(lost).toEqual([]);
});
