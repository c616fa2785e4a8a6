import { beforeAll, describe, expect, test } from '@jest/globals';
import { Chooser, seededRandom } from '../../testing/random.js';
import { exported } from '../../testing/exports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';
import { defuse, joinTags, restore, splitTags } from '../csv-cells.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import { EXPORT_FIELDS } from './export-fields.js';

const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });
const CONSENT = {
  givenAt: '2026-01-01T00:00:00.000Z',
  method: 'STATED_BY_STAFF' as const,
  ip: null,
  userAgent: null,
  origin: null,
  text: 'Yes, "please"',
};

describe('an exported file', () => {
  const running = withService();
  const ANN = row({
    email: 'Ann@example.com',
    name: 'Ann "A", B',
    addedAt: new Date('2026-01-02T03:04:05.006Z'),
    confirmedAt: new Date('2026-01-02T03:04:05.100Z'),
    tags: ['b', 'Paris, France'],
    attributes: { plan: 'paid', a: { z: [1, null], é: '\n' } },
    consent: CONSENT,
  });
  const BOB = row({ email: 'bob@example.com', status: 'UNSUBSCRIBED', addedAt: new Date(0), source: 'FORM' });
  const GONE = row({ email: 'gone@example.com', status: 'ERASED', addedAt: new Date(1) });
  beforeAll(() => store(running.service.database, [ANN, BOB, GONE]));

  test('has the importable fields by default, in the order of addition, without erased subscribers', async () => {
    expect(await exported(running.service)).toBe(
      [
        'email,name,status,tags,attributes,added_at,confirmed_at,unsubscribed_at',
        'bob@example.com,,UNSUBSCRIBED,,,1970-01-01T00:00:00.000Z,,1970-01-01T00:00:00.000Z',
        'Ann@example.com,"Ann ""A"", B",ACTIVE,"b,""Paris, France""",' +
          '"{""a"": {""z"": [1, null], ""é"": ""\\n""}, ""plan"": ""paid""}",' +
          '2026-01-02T03:04:05.006Z,2026-01-02T03:04:05.100Z,',
        '',
      ].join('\n'),
    );
  });

  test('has columns in one order, however they are named', async () => {
    expect(await exported(running.service, { fields: ['STATUS', 'EMAIL', 'STATUS'] })).toBe(
      'email,status\nbob@example.com,UNSUBSCRIBED\nAnn@example.com,ACTIVE\n',
    );
  });

  test.each([
    [{ addedAt: { from: '0000-01-01T00:00:00Z', before: '9999-12-31T23:59:59.999Z' } }, 2],
    [{ addedAt: { from: '1970-01-01T00:00:00.001Z' } }, 1],
    [{ addedAt: { before: '1970-01-01T00:00:00.001Z' } }, 1],
    [{ query: String.raw`'$1"\%_ $$` }, 0],
    [{ tags: ['b', String.raw`{"\',$1}`] }, 0],
    [{ attributes: { plan: 'paid', [String.raw`'$2\"`]: null } }, 1],
    [{ attributes: { plan: String.raw`'$1\"` } }, 0],
  ])('has the subscribers of the filter %j', async (filter, rows) => {
    const file = await exported(running.service, { filter, fields: ['EMAIL'] });
    expect(file.split('\n')).toHaveLength(rows + 2);
  });

  test('has one JSON object a line as NDJSON, with all fields', async () => {
    const fields = [...EXPORT_FIELDS];
    const filter = { status: ['ACTIVE', 'ERASED'] };
    const lines = (await exported(running.service, { format: 'NDJSON', fields, filter })).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        id: GONE.id,
        email: null,
        name: null,
        status: 'ERASED',
        tags: [],
        attributes: {},
        source: 'USER',
        addedAt: '1970-01-01T00:00:00.001Z',
        confirmedAt: null,
        unsubscribedAt: null,
        consent: null,
        unsubscribeUrl: null,
      },
      {
        id: ANN.id,
        email: 'Ann@example.com',
        name: 'Ann "A", B',
        status: 'ACTIVE',
        tags: ['b', 'Paris, France'],
        attributes: { plan: 'paid', a: { z: [1, null], é: '\n' } },
        source: 'USER',
        addedAt: '2026-01-02T03:04:05.006Z',
        confirmedAt: '2026-01-02T03:04:05.100Z',
        unsubscribedAt: null,
        consent: CONSENT,
        unsubscribeUrl: `http://127.0.0.1:4000/unsubscribe/${keys.unsubscribeToken(ANN.id)}`,
      },
    ]);
  });

  test('has the unsubscribe link of each subscriber as CSV', async () => {
    expect(await exported(running.service, { fields: ['ID', 'UNSUBSCRIBE_URL'] })).toBe(
      `id,unsubscribe_url\n${[BOB, ANN]
        .map(({ id }) => `${id},http://127.0.0.1:4000/unsubscribe/${keys.unsubscribeToken(id)}\n`)
        .join('')}`,
    );
  });

  test.each([
    [{ query: "o'B" }, []],
    [{ query: 'bob@' }, ['bob']],
    [{ tags: ['Paris, France'] }, ['Ann']],
    [{ tags: ['\'\\"; DROP TABLE subscribers; --'] }, []],
    [{ attributes: { plan: 'paid', $1: null } }, ['Ann']],
    [{ addedAt: { before: '1970-01-02T00:00:00Z' } }, ['bob']],
    [{ addedBy: [ANN.id] }, []],
    [{ source: ['FORM'] }, ['bob']],
    [{ status: [] }, []],
  ])('has the subscribers that match %j', async (filter, names) => {
    const csv = await exported(running.service, { fields: ['EMAIL'], filter });
    expect(csv).toBe(['email', ...names.map((name) => `${name}@example.com`), ''].join('\n'));
  });
});

describe('cells that Postgres writes', () => {
  const running = withService();

  test('are those that csv-cells writes and reads', async () => {
    const choose = new Chooser(seededRandom(20_261_130));
    const pieces = [...Array.from('=+-@\t\r\'",;\\ a😀'), '\n', '$1', '\x02', '\x01', '\\.'];
    const text = () => Array.from({ length: 1 + choose.whole(3) }, () => choose.oneOf(pieces)).join('');
    const rows: SubscriberEntity[] = Array.from({ length: 500 }, (_, n) =>
      row({
        email: `${text()}${n}@example.com`,
        name: choose.maybe(text) ?? null,
        tags: [...new Set(Array.from({ length: choose.whole(4) }, () => text().trim()))].filter(Boolean),
        attributes: { [text()]: text() },
        addedAt: new Date(n),
      }),
    );
    await store(running.service.database, rows);

    const ndjson = await exported(running.service, { format: 'NDJSON' });
    const lines = ndjson.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject(
      rows.map(({ email, name, tags, attributes }) => ({ email, name, tags, attributes })),
    );

    const cells = readCsv(await exported(running.service, { fields: ['EMAIL', 'NAME', 'TAGS'] })).slice(1);
    expect(cells).toEqual(
      rows.map(({ email, name, tags }) => [email!, name ?? '', joinTags(tags)].map(defuse)),
    );
    expect(cells.map(([, , tags]) => splitTags(restore(tags!)))).toEqual(rows.map(({ tags }) => tags));
  });
});

/** RFC 4180, for cells that are not empty strings in quotes. */
function readCsv(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}
