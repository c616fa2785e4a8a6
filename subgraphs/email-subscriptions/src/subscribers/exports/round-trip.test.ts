import { beforeAll, describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { exported } from '../../testing/exports.js';
import { importFile } from '../../testing/imports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

const NAMES = [
  '=1+1',
  '+41 44',
  '-1',
  '@SUM(A1)',
  "'",
  "''",
  "'=1",
  "'s-Gravenhage",
  "O'Brien",
  'Ann "A", B; C',
  '"quoted"',
  'NULL',
  '\\N',
  '\\.',
  'email',
  'a\u00a0b',
  '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647',
  'Ann\u200d',
  '\u00adAnn\u200b',
  '👩‍👩‍👧',
  'Ä\u0308',
  'x'.repeat(200),
];
const TAGS = [
  ['news'],
  ['Paris, France', 'a;b', 'say "hi"'],
  ['"'],
  ['""', '"a"', '",'],
  ['=1', '-2'],
  ["'=1"],
  ["'"],
  ['a\u200b', 'a\u00a0b', 'é'],
  ['\\', '[]', '{}'],
];
const ATTRIBUTES: object[] = [
  { plan: 'paid', empty: '', flag: false, list: [1, null, 'x'], deep: { é: '\r\n"', none: null } },
  { '=1': '=1', "'": "'", ' spaced ': ' spaced ' },
  { small: 1e-7, large: 1e21, half: 1.5, zero: 0, exact: 9_007_199_254_740_991 },
  { constructor: 'x', toString: { length: 1 } },
];
const ADDRESSES = [
  '=1@a.example',
  '+b@a.example',
  '-c@a.example',
  "'d@a.example",
  "''e@a.example",
  'F@A.example',
];
const STATUSES = ['ACTIVE', 'PENDING', 'BOUNCED', 'UNSUBSCRIBED', 'COMPLAINED'] as const;

describe('a list that was exported and imported into an empty database', () => {
  const first = withService();
  const second = withService();
  beforeAll(async () => {
    const inputs = [
      ...NAMES.map((name, n) => ({ email: `name${n}@a.example`, name })),
      ...TAGS.map((tags, n) => ({ email: `tags${n}@a.example`, tags })),
      ...ATTRIBUTES.map((attributes, n) => ({ email: `attributes${n}@a.example`, attributes })),
      ...ADDRESSES.map((email) => ({ email })),
    ];
    for (const input of inputs) {
      const { userErrors } = await addSubscriber(first.service, input);
      expect(userErrors).toEqual([]);
    }
    const time = new Date('2020-02-29T23:59:59.999Z');
    const rows = STATUSES.flatMap((status) => [
      row({ email: `b.${status}@b.example`, status, addedAt: time, name: '=1' }),
      row({ email: `a.${status}@b.example`, status, addedAt: time, confirmedAt: time }),
    ]);
    const unsubscribedAt = new Date('2021-01-01T00:00:00.001Z');
    await store(first.service.database, [
      ...rows,
      row({ email: 'both@b.example', status: 'COMPLAINED', addedAt: time, unsubscribedAt }),
      row({
        email: 'left@b.example',
        status: 'UNSUBSCRIBED',
        addedAt: time,
        unsubscribedAt,
        bouncedAt: time,
      }),
      row({ email: 'oldest@b.example', addedAt: new Date(0) }),
      row({ email: 'gone@b.example', status: 'ERASED', addedAt: time }),
    ]);
  });

  test('is the same file again', async () => {
    const file = await exported(first.service);
    const count = NAMES.length + TAGS.length + ATTRIBUTES.length + ADDRESSES.length + 2 * STATUSES.length + 3;
    expect(await importFile(second.service, file)).toMatchObject({
      status: 'FINISHED',
      rowsRead: count,
      added: count,
    });
    expect(await exported(second.service)).toBe(file);
  });
});
