import { describe, expect, test } from '@jest/globals';
import {
  checkJoins,
  checkLog,
  checkWatcher,
  expectedEvents,
  type ReceivedEvent,
  type Stored,
  type Subscriber,
} from './oracle.js';

const [ada, grace, linus, mary] = ['Ada', 'Grace', 'Linus', 'Mary'].map((name, index) => ({
  id: `id-${index}`,
  email: `${name}@example.com`,
  name,
  addedBy: index % 2 === 0 ? 'even' : 'odd',
})) as [Subscriber, Subscriber, Subscriber, Subscriber];
const all = [ada, grace, linus, mary];

/** All subscribers, and a log in this order. */
const stored = (...logged: Subscriber[]): Stored => ({
  subscribers: all,
  log: logged.map(({ id }, index) => ({ seq: index + 1, subscriberId: id })),
});
const found = (findings: { fault: string; what: string }[]) =>
  findings.map(({ fault, what }) => `${fault}: ${/\w+@example\.com|id-\d|\d to \d/.exec(what)?.[0]}`);

describe('checkWatcher', () => {
  const check = (...seen: Pick<Subscriber, 'id' | 'email'>[]) =>
    found(checkWatcher('watcher', expectedEvents(stored(...all), {}), seen));

  test('accepts the events of the log in order', () => {
    expect(check(...all)).toEqual([]);
  });

  test.each<[string, Subscriber[], string[]]>([
    ['lost in the middle', [ada, linus, mary], ['lost: Grace@example.com']],
    ['lost at the end', [ada, grace, linus], ['lost: Mary@example.com']],
    ['all lost', [], all.map(({ email }) => `lost: ${email}`)],
    ['repeated at once', [ada, grace, grace, linus, mary], ['repeated: Grace@example.com']],
    [
      'repeated by a replay from too far back',
      [ada, grace, linus, grace, linus, mary],
      ['repeated: Grace@example.com', 'out of order: Grace@example.com', 'repeated: Linus@example.com'],
    ],
    ['out of order', [ada, linus, grace, mary], ['out of order: Grace@example.com']],
    [
      'out of order, with one of them lost',
      [linus, ada, mary],
      ['out of order: Ada@example.com', 'lost: Grace@example.com'],
    ],
    ['invented', [ada, grace, { ...ada, id: 'unknown' }, linus, mary], ['invented: Ada@example.com']],
    [
      'shown with another address',
      [ada, { ...grace, email: 'other@example.com' }, linus, mary],
      ['invented: other@example.com', 'lost: Grace@example.com'],
    ],
  ])('reports an event %s', (_, seen, faults) => {
    expect(check(...seen)).toEqual(faults);
  });

  test('applies the filter of the watcher', () => {
    const odd = expectedEvents(stored(...all), { addedBy: ['odd'] });
    expect(found(checkWatcher('odd', odd, [grace, mary]))).toEqual([]);
    expect(found(checkWatcher('odd', odd, [ada, grace, mary]))).toEqual(['invented: Ada@example.com']);
    expect(expectedEvents(stored(...all), { query: 'GRACE@ex' })).toEqual([grace]);
    expect(expectedEvents(stored(...all), { addedBy: ['even'], query: 'grace' })).toEqual([]);
    expect(expectedEvents(stored(mary, ada), {})).toEqual([mary, ada]);
  });
});

describe('checkLog', () => {
  test('accepts a log with each subscriber once, in any order, acknowledged or not', () => {
    expect(checkLog([ada, mary], stored(mary, grace, ada, linus))).toEqual([]);
  });

  test.each<[string, Stored, string[]]>([
    [
      'an acknowledged subscriber that is not stored',
      { ...stored(grace, linus, mary), subscribers: [grace, linus, mary] },
      ['lost: Ada@example.com'],
    ],
    ['a missing entry', stored(ada, grace, linus), ['lost: Mary@example.com']],
    ['a repeated entry', stored(...all, grace), ['repeated: id-1']],
    [
      'an entry that is not stored',
      { ...stored(...all), subscribers: [ada, grace, linus] },
      ['invented: id-3'],
    ],
    [
      'a gap',
      {
        ...stored(...all),
        log: stored(...all).log.map(({ seq, ...entry }) => ({ seq: seq > 2 ? seq + 1 : seq, ...entry })),
      },
      ['gap: 2 to 4'],
    ],
    [
      'a late start',
      { ...stored(...all), log: stored(...all).log.map(({ seq, ...entry }) => ({ seq: seq + 1, ...entry })) },
      ['gap: 0 to 2'],
    ],
  ])('reports %s', (_, found_, faults) => {
    expect(found(checkLog([ada], found_))).toEqual(faults);
  });
});

describe('checkJoins', () => {
  const USERS_DOWN = {
    path: ['subscriberAdded', 'subscriber', 'addedBy'],
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  };
  const names = new Map([
    ['even', 'Eve'],
    ['odd', 'Otto'],
  ]);
  const check = (displayName: string | null, ...errors: ReceivedEvent['errors']) =>
    found(
      checkJoins('watcher', all, [{ ...ada, addedBy: displayName ? { displayName } : null, errors }], names),
    );

  test('accepts the right user, or the error that users is down', () => {
    expect(check('Eve')).toEqual([]);
    expect(check(null, USERS_DOWN)).toEqual([]);
  });

  test.each<[string, string | null, ReceivedEvent['errors']]>([
    ['another user', 'Otto', []],
    ['no user and no error', null, []],
    ['no user and the error of another field', null, [{ ...USERS_DOWN, path: ['subscriberAdded'] }]],
    ['no user and another error', null, [{ ...USERS_DOWN, extensions: { code: 'INTERNAL_SERVER_ERROR' } }]],
    ['no user and two errors', null, [USERS_DOWN, USERS_DOWN]],
    ['a user and an error', 'Eve', [USERS_DOWN]],
  ])('reports %s', (_, displayName, errors) => {
    expect(check(displayName, ...errors)).toEqual(['misjoined: Ada@example.com']);
  });
});
