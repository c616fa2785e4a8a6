import { describe, expect, test } from '@jest/globals';
import { checkJoins, type Told } from './joins.js';
import { checkLog, checkWatcher, expectedEvents } from './oracle.js';
import type { Subscriber, Truth } from './truth.js';

const [ada, grace, linus, mary] = ['Ada', 'Grace', 'Linus', 'Mary'].map((name, index) => ({
  id: `id-${index}`,
  email: `${name}@example.com`,
  name,
  addedBy: index % 2 === 0 ? 'even' : 'odd',
})) as [Subscriber, Subscriber, Subscriber, Subscriber];
const all = [ada, grace, linus, mary];

/** A log in this order, of a list of everybody. */
const truth = (...logged: Subscriber[]): Truth => ({
  subscribers: all,
  log: logged.map(({ id }, index) => ({ seq: index + 1, subscriberId: id })),
});
const found = (findings: { fault: string; what: string }[]) =>
  findings.map(({ fault, what }) => `${fault}: ${/\w+@example\.com|id-\d|\d to \d/.exec(what)?.[0]}`);

describe('what a watcher saw', () => {
  const check = (...seen: Pick<Subscriber, 'id' | 'email'>[]) =>
    found(checkWatcher('somebody', expectedEvents(truth(...all), {}), seen));

  test('is right when it is the log, in its order', () => {
    expect(check(...all)).toEqual([]);
  });

  test.each<[string, Subscriber[], string[]]>([
    ['lost in the middle', [ada, linus, mary], ['lost: Grace@example.com']],
    ['lost at the end', [ada, grace, linus], ['lost: Mary@example.com']],
    ['lost without exception', [], all.map(({ email }) => `lost: ${email}`)],
    ['repeated at once', [ada, grace, grace, linus, mary], ['repeated: Grace@example.com']],
    [
      'repeated by a replay that goes back too far',
      [ada, grace, linus, grace, linus, mary],
      ['repeated: Grace@example.com', 'out of order: Grace@example.com', 'repeated: Linus@example.com'],
    ],
    ['out of order', [ada, linus, grace, mary], ['out of order: Grace@example.com']],
    [
      'out of order, with one of them lost',
      [linus, ada, mary],
      ['out of order: Ada@example.com', 'lost: Grace@example.com'],
    ],
    ['invented', [ada, grace, { ...ada, id: 'nobody' }, linus, mary], ['invented: Ada@example.com']],
    [
      'shown with the address of another',
      [ada, { ...grace, email: 'other@example.com' }, linus, mary],
      ['invented: other@example.com', 'lost: Grace@example.com'],
    ],
  ])('is wrong when an event is %s', (_, seen, faults) => {
    expect(check(...seen)).toEqual(faults);
  });

  test('is compared with what its filter lets through', () => {
    const odd = expectedEvents(truth(...all), { addedBy: ['odd'] });
    expect(found(checkWatcher('odd', odd, [grace, mary]))).toEqual([]);
    expect(found(checkWatcher('odd', odd, [ada, grace, mary]))).toEqual(['invented: Ada@example.com']);
    expect(expectedEvents(truth(...all), { query: 'GRACE@ex' })).toEqual([grace]);
    expect(expectedEvents(truth(...all), { addedBy: ['even'], query: 'grace' })).toEqual([]);
    expect(expectedEvents(truth(mary, ada), {})).toEqual([mary, ada]);
  });
});

describe('the log', () => {
  test('is right when everybody on the list is in it once, in whatever order, acknowledged or not', () => {
    expect(checkLog([ada, mary], truth(mary, grace, ada, linus))).toEqual([]);
  });

  test.each<[string, Truth, string[]]>([
    [
      'who was acknowledged is not on the list',
      { ...truth(grace, linus, mary), subscribers: [grace, linus, mary] },
      ['lost: Ada@example.com'],
    ],
    ['somebody on the list is not in it', truth(ada, grace, linus), ['lost: Mary@example.com']],
    ['it holds somebody twice', truth(...all, grace), ['repeated: id-1']],
    [
      'it holds who is not on the list',
      { ...truth(...all), subscribers: [ada, grace, linus] },
      ['invented: id-3'],
    ],
    [
      'it has a gap',
      {
        ...truth(...all),
        log: truth(...all).log.map(({ seq, ...entry }) => ({ seq: seq > 2 ? seq + 1 : seq, ...entry })),
      },
      ['gap: 2 to 4'],
    ],
    [
      'it starts late',
      { ...truth(...all), log: truth(...all).log.map(({ seq, ...entry }) => ({ seq: seq + 1, ...entry })) },
      ['gap: 0 to 2'],
    ],
  ])('is wrong when %s', (_, found_, faults) => {
    expect(found(checkLog([ada], found_))).toEqual(faults);
  });
});

describe('who added whom a watcher was told of', () => {
  const EXCUSE = {
    path: ['subscriberAdded', 'subscriber', 'addedBy'],
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  };
  const names = new Map([
    ['even', 'Eve'],
    ['odd', 'Otto'],
  ]);
  const check = (displayName: string | null, ...errors: Told['errors']) =>
    found(
      checkJoins('somebody', all, [{ ...ada, addedBy: displayName ? { displayName } : null, errors }], names),
    );

  test('is told, or that users is away', () => {
    expect(check('Eve')).toEqual([]);
    expect(check(null, EXCUSE)).toEqual([]);
  });

  test.each<[string, string | null, Told['errors']]>([
    ['is another one', 'Otto', []],
    ['is nobody, without an excuse', null, []],
    ['is nobody, with the excuse of another field', null, [{ ...EXCUSE, path: ['subscriberAdded'] }]],
    ['is nobody, with another excuse', null, [{ ...EXCUSE, extensions: { code: 'INTERNAL_SERVER_ERROR' } }]],
    ['is nobody, with two excuses', null, [EXCUSE, EXCUSE]],
    ['is told and excused', 'Eve', [EXCUSE]],
  ])('is wrong when it %s', (_, displayName, errors) => {
    expect(check(displayName, ...errors)).toEqual(['misjoined: Ada@example.com']);
  });
});
