import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS, txnTokenKey, verifyTxnToken } from '@kit/auth';

import { pino } from 'pino';
import { ManualClock } from '../request/testing/manual-clock.js';
import { SubgraphClient } from '../subgraphs/subgraph-client.js';
import { TxnTokens } from '../subgraphs/txn-tokens.js';
import { RevocationFeed } from './revocation-feed.js';
import { RevokedSessions } from './revoked-sessions.js';
import { FakeServer, type FakeResponse } from './testing/fake-server.js';
import { until } from '../request/testing/until.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const POLL_MS = 1_000;
const TIMEOUT_MS = 10_000;

let subgraph: FakeServer;
let clock: ManualClock;
let revoked: RevokedSessions;
let feed: RevocationFeed;
let lines: string[];
beforeEach(async () => {
  subgraph = await FakeServer.start();
  clock = new ManualClock();
  const client = new SubgraphClient(
    { origin: subgraph.origin, path: '/graphql' },
    new TxnTokens('sessions', SECRET),
    TIMEOUT_MS,
  );
  revoked = new RevokedSessions(clock);
  lines = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  feed = new RevocationFeed(client, '/revoked', revoked, POLL_MS, clock, logger);
});
afterEach(async () => {
  await feed.stop();
  await subgraph.stop();
});

const revocations = (cursor: unknown, sessions: unknown, hasMore: unknown = false): FakeResponse => ({
  body: JSON.stringify({ cursor, sessions, hasMore }),
});

/** Advances the clock to the next poll, and waits until that is complete. */
async function nextPoll(ms = 2_000): Promise<void> {
  const before = subgraph.received.length;
  clock.advance(ms);
  await until(() => subgraph.received.length > before && clock.pending === 1);
}

const levels = () => lines.map((line) => (JSON.parse(line) as { level: number }).level);
const [INFO, WARN] = [30, 40];

describe('the feed of revoked sessions', () => {
  test('is polled with the cursor of the last response, with an anonymous token', async () => {
    subgraph.answer = () => revocations('17', ['a', 'b']);
    await feed.start();
    subgraph.answer = () => revocations('18/&', ['b', 'c']);
    await nextPoll();
    await nextPoll();
    expect(subgraph.received.map(({ url }) => url)).toEqual([
      '/revoked?after=',
      '/revoked?after=17',
      '/revoked?after=18%2F%26',
    ]);
    expect(['a', 'b', 'c', 'd'].map((id) => revoked.has(id))).toEqual([true, true, true, false]);
    const { headers } = subgraph.received[2]!;
    expect(verifyTxnToken(headers['txn-token'], 'sessions', [txnTokenKey(SECRET)])).toEqual(ANONYMOUS);
    expect(lines).toEqual([]);
  });

  test('is polled again only after a pause since the last response', async () => {
    let answer: (answer: FakeResponse) => void = () => {};
    subgraph.answer = () => new Promise<FakeResponse>((resolve) => (answer = resolve));
    const started = feed.start();
    await until(() => subgraph.received.length === 1);
    clock.advance(POLL_MS * 5);
    expect([subgraph.received.length, clock.pending]).toEqual([1, 0]);
    answer(revocations('1', []));
    await started;
    clock.advance(POLL_MS - 1);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await until(() => subgraph.received.length === 2);
    answer(revocations('2', []));
    await until(() => clock.pending === 1);
  });

  test.each<[string, FakeResponse]>([
    ['a closed connection', 'hang up'],
    ['status 401', { status: 401, body: '{"cursor":"9","sessions":["x"]}' }],
    ['status 500', { status: 500, body: '' }],
    ['a body that is not JSON', { body: '<html>' }],
    ['null', { body: 'null' }],
    ['another object', { body: '{"data":{}}' }],
    ['a cursor that is not text', revocations(9, ['x'])],
    ['an empty cursor', revocations('', ['x'])],
    ['a cursor that is too long', revocations('x'.repeat(1_025), ['x'])],
    ['a flag that is not one', revocations('9', ['x'], 'yes')],
    ['a first page without a cursor', revocations(undefined, ['x'], true)],
    ['sessions that are not a list', revocations('9', { length: 1, 0: 'x' })],
    ['an id that is not a string', revocations('9', ['x', 7])],
    ['an empty id', revocations('9', ['x', ''])],
    ['an id that is too long', revocations('9', ['x', 'y'.repeat(65)])],
    ['a body that is too large', { body: `"${'x'.repeat(17 * 1024 * 1024)}"` }],
  ])('keeps its sessions and is polled again after %s', async (_, fault) => {
    subgraph.answer = () => revocations('17', ['a']);
    await feed.start();
    subgraph.answer = () => fault;
    await nextPoll();
    await nextPoll();
    expect([revoked.has('a'), revoked.size]).toEqual([true, 1]);
    expect(levels()).toEqual([WARN]);
    subgraph.answer = () => revocations('18', ['b']);
    await nextPoll();
    expect(subgraph.received.at(-1)!.url).toBe('/revoked?after=17');
    expect([revoked.has('a'), revoked.has('b')]).toEqual([true, true]);
    expect(levels()).toEqual([WARN, INFO]);
  });

  test('is polled every one or two seconds during an outage, with one log line at the start and one at the end', async () => {
    subgraph.answer = () => 'hang up';
    await feed.start();
    expect(feed.isLoaded).toBe(false);
    for (let n = 0; n < 8; n += 1) await nextPoll();
    for (let n = 0; n < 20; n += 1) {
      clock.advance(999);
      expect(clock.pending).toBe(1);
      await nextPoll(1_001);
    }
    expect(levels()).toEqual([WARN]);
    subgraph.answer = () => revocations('1', []);
    await nextPoll();
    expect(levels()).toEqual([WARN, INFO]);
    expect(feed.isLoaded).toBe(true);
  });

  test('is polled without a cursor when the last response is old', async () => {
    subgraph.answer = () => revocations('17', ['a']);
    await feed.start();
    subgraph.answer = () => 'hang up';
    await nextPoll(600_000);
    subgraph.answer = () => revocations('18', []);
    await nextPoll(2_000);
    expect(subgraph.received.map(({ url }) => url)).toEqual([
      '/revoked?after=',
      '/revoked?after=17',
      '/revoked?after=',
    ]);
  });

  /** Three pages, each with one session. */
  const pages = (url: string): FakeResponse => {
    const page = Number(/\d*$/.exec(url)![0]);
    return revocations(String(page + 1), ['abc'[page]], page < 2);
  };

  test('has read all pages, without a pause, when it has started', async () => {
    const loaded: boolean[] = [];
    subgraph.answer = (url) => {
      loaded.push(feed.isLoaded);
      return pages(url);
    };
    await feed.start();
    expect([loaded, feed.isLoaded]).toEqual([[false, false, false], true]);
    expect(['a', 'b', 'c'].map((id) => revoked.has(id))).toEqual([true, true, true]);
    clock.advance(POLL_MS - 1);
    expect(clock.pending).toBe(1);
    expect(subgraph.received.map(({ url }) => url)).toEqual([
      '/revoked?after=',
      '/revoked?after=1',
      '/revoked?after=2',
    ]);
  });

  test('has started after the first failure, and reads the other pages later', async () => {
    subgraph.answer = (url) => (url.endsWith('=') ? pages(url) : 'hang up');
    await feed.start();
    expect([feed.isLoaded, revoked.has('a'), subgraph.received.length]).toEqual([false, true, 2]);
    subgraph.answer = pages;
    await nextPoll();
    expect([feed.isLoaded, revoked.has('c')]).toEqual([true, true]);
  });

  test('reads the whole list again after a pause when the cursor is rejected', async () => {
    subgraph.answer = () => revocations('17', ['a']);
    await feed.start();
    subgraph.answer = (url) => (url.endsWith('=') ? revocations('18', ['b']) : { status: 400, body: '{}' });
    await nextPoll();
    clock.advance(POLL_MS - 1);
    expect(clock.pending).toBe(1);
    await nextPoll(1);
    expect([revoked.has('a'), revoked.has('b')]).toEqual([true, true]);
    expect(subgraph.received.map(({ url }) => url)).toEqual([
      '/revoked?after=',
      '/revoked?after=17',
      '/revoked?after=',
    ]);
    expect(levels()).toEqual([WARN]);
  });

  test('reads the whole list of a subgraph of the earlier version each time', async () => {
    subgraph.answer = () => ({ body: JSON.stringify({ until: 17, sessions: ['a'] }) });
    await feed.start();
    await nextPoll();
    expect([revoked.has('a'), feed.isLoaded, levels()]).toEqual([true, true, []]);
    expect(subgraph.received.map(({ url }) => url)).toEqual(['/revoked?after=', '/revoked?after=']);
  });

  test('reports how long ago it has read the list to its end', async () => {
    expect(feed.ageSeconds).toBe(Infinity);
    subgraph.answer = () => revocations('17', []);
    await feed.start();
    expect(feed.ageSeconds).toBe(0);
    subgraph.answer = (url) => (url.endsWith('=17') ? revocations('18', [], true) : 'hang up');
    await nextPoll(7_000);
    expect(feed.ageSeconds).toBe(7);
  });

  test('is not polled after it was stopped', async () => {
    subgraph.answer = () => revocations('17', []);
    await feed.start();
    await feed.stop();
    expect(clock.pending).toBe(0);
  });
});
