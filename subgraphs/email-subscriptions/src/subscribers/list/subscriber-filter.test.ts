import { newId } from '@kit/database';
import { describe, expect, test } from '@jest/globals';
import { Chooser, seededRandom } from '../../testing/random.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';
import { matches, parseFilter, whereMatches, type FilterFields } from './subscriber-filter.js';
import { SubscriberSourceType, SubscriberStatusType } from '../subscriber.type.js';
import { SubscriberEntity } from '../subscriber.entity.js';

// Letters with special case rules, and characters with a meaning in LIKE or SQL.
const PIECES = [
  ...Array.from('aAbBßẞΣσςİiıIKkÅåéÉ%_\\\'"👩 .-@'),
  'e\u0301',
  'SS',
  'ﬁ',
  'ŉ',
  '\u0345',
  '%%',
  '\\%',
  '_a',
];
const STATUSES = Object.values(SubscriberStatusType);
const TAGS = ['news', 'News', 'a,b', "it's", '{}', '%'];
const SOURCES = Object.values(SubscriberSourceType);
const VALUES = [
  0,
  -0,
  1,
  1.5,
  '1',
  '',
  true,
  false,
  [],
  [1],
  [1, 2],
  { a: 1 },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
];
const NAMES = ['plan', 'Plan', '$1', "o'clock", '__proto__'];
const USERS = [newId(), newId(), newId()];
const MOMENTS = [-62_135_596_800_000, 0, 1, 1_767_225_600_000, 1_767_225_600_001, 253_402_300_799_999];

describe('a filter', () => {
  const running = withService();
  const choose = new Chooser(seededRandom(20_260_101));
  const text = () => Array.from({ length: 1 + choose.whole(3) }, () => choose.oneOf(PIECES)).join('');
  const partOf = (email: string) => {
    const characters = Array.from(email);
    const from = choose.whole(characters.length);
    return characters.slice(from, from + 1 + choose.whole(characters.length)).join('');
  };
  const moment = () => new Date(choose.oneOf(MOMENTS));
  const attributes = (empty: null[] = []) =>
    Object.fromEntries(choose.someOf(NAMES).map((name) => [name, choose.oneOf([...VALUES, ...empty])]));

  test('matches the same rows in memory and in SQL', async () => {
    const { database } = running.service;
    const stored = Array.from({ length: 200 }, (_, number) =>
      row({
        email: number % 20 === 0 ? `"x${text()}@y"@example.com` : `${text()}${number}@example.com`,
        name: choose.maybe(() => choose.oneOf([text(), `${text()}@example`]))?.trim() || null,
        status: choose.oneOf(STATUSES),
        addedById: choose.maybe(() => choose.oneOf(USERS)) ?? null,
        addedAt: moment(),
        tags: choose.someOf(TAGS),
        source: choose.oneOf(SOURCES),
        attributes: attributes(),
      }),
    );
    await store(database, stored);
    const rows = await database.getRepository(SubscriberEntity).find();
    expect(rows).toHaveLength(stored.length);

    let matched = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const fields: FilterFields = {
        status: choose.maybe(() => choose.someOf(STATUSES)),
        addedBy: choose.maybe(() => choose.someOf([...USERS, newId(), 'not an id', USERS[0]!.toUpperCase()])),
        addedAt: choose.maybe(() => ({ from: choose.maybe(moment), before: choose.maybe(moment) })),
        query: choose.maybe(() =>
          choose.whole(3) === 0 ? partOf(choose.oneOf(stored).email ?? 'x@example.com') : text(),
        ),
        tags: choose.maybe(() => [choose.oneOf(TAGS)]),
        source: choose.maybe(() => choose.someOf(SOURCES)),
        // Most combinations match nothing.
        attributes: choose.whole(4) === 0 ? attributes([null]) : undefined,
      };
      const filter = parseFilter(fields);
      const query = database.getRepository(SubscriberEntity).createQueryBuilder('s').select('s.id', 'id');
      whereMatches(query, filter);
      const inSql = (await query.getRawMany<{ id: string }>()).map(({ id }) => id).sort();
      const inMemory = rows
        .filter((row) => matches(filter, row))
        .map(({ id }) => id)
        .sort();
      expect({ fields, ids: inMemory }).toEqual({ fields, ids: inSql });
      matched += inSql.length;
    }
    // Filters that match nothing or everything would prove nothing.
    expect(matched).toBeGreaterThan(5_000);
    expect(matched).toBeLessThan(40_000);
  });

  test.each([
    ['of the address', 'ANN@EX', true],
    ['of the name', 'σΙΣΥΦΟΣ', true],
    ['a name in the other form of the sigma', 'σισυφοσ', true],
    ['with a literal percent sign', 'a%n', false],
    ['with a literal underscore', 'a_n', false],
    ['with a backslash', '\\', false],
    ['that spans address and name', 'com\u0020', false],
    ['that is empty', '', true],
    ['of an address with its @', 'nn@Example.c', true],
    ['that begins with the @', '@example', true],
    ['with the @ of another address', 'n@com', false],
    ['of a name with an @', 'σισυφοσ@', false],
  ])('handles text %s', (_, query, found) => {
    const sisyphus = row({ email: 'Ann@example.com', name: 'Σίσυφος Σισυφος@com' });
    expect(matches(parseFilter({ query }), sisyphus)).toBe(found);
  });

  test.each([['"a b@c"@ex'], ['c"@example'], ['b@c']])('finds %s in a quoted local part', (query) => {
    const quoted = row({ email: '"a b@c"@example.com' });
    expect(matches(parseFilter({ query }), quoted)).toBe(true);
  });

  test.each([
    ['absent', {}, true],
    ['null', { status: null, addedBy: null, addedAt: null, query: null }, true],
    ['an open range of time', { addedAt: { from: null } }, true],
    ['an empty list of tags', { tags: [] }, true],
    ['an empty object of attributes', { attributes: {} }, true],
    ['an empty list of sources', { source: [] }, false],
    ['an empty list of statuses', { status: [] }, false],
    ['an empty list of users', { addedBy: [] }, false],
    ['only malformed ids of users', { addedBy: ['\0', 'x'] }, false],
  ])('that is %s', (_, fields, found) => {
    expect(matches(parseFilter(fields), row({ email: 'a@example.com', addedById: USERS[0]! }))).toBe(found);
  });

  test('matches erased subscribers only if it names the status', () => {
    const erased = row({ email: 'a@example.com', status: 'ERASED' });
    expect(matches(parseFilter(null), erased)).toBe(false);
    expect(matches(parseFilter({ status: ['ACTIVE', 'ERASED'] }), erased)).toBe(true);
  });

  test('compares attributes with all their members, and null with an absent one', () => {
    const paid = row({ email: 'a@example.com', attributes: { plan: { name: 'paid', seats: 2 } } });
    const found = (attributes: object) => matches(parseFilter({ attributes }), paid);
    expect(found({ plan: { seats: 2, name: 'paid' } })).toBe(true);
    expect(found({ plan: { name: 'paid' } })).toBe(false);
    expect(found({ plan: null })).toBe(false);
    expect(found({ other: null })).toBe(true);
  });

  test.each([
    ['too long', { tags: ['x'.repeat(65)] }, 'filter.tags: Use tags of 1 to 64 characters'],
    [
      'deep',
      { attributes: { a: [[[[[[[[1]]]]]]]] } },
      'filter.attributes: Use attributes of at most 8 levels',
    ],
    ['of a NUL', { attributes: { a: '\0' } }, 'filter.attributes: Use attributes of at most 8 levels'],
  ])('rejects values that are %s', (_, fields, message) => {
    expect(() => parseFilter(fields)).toThrow(message);
  });

  test('includes the start of a range of time and excludes its end', () => {
    const at = new Date('2026-01-01T00:00:00.000Z');
    const added = row({ email: 'a@example.com', addedAt: at });
    const later = new Date(at.getTime() + 1);
    expect(matches(parseFilter({ addedAt: { from: at, before: later } }), added)).toBe(true);
    expect(matches(parseFilter({ addedAt: { from: later } }), added)).toBe(false);
    expect(matches(parseFilter({ addedAt: { before: at } }), added)).toBe(false);
  });
});
