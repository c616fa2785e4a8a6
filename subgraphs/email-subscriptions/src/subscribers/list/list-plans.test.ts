import { beforeAll, describe, expect, test } from '@jest/globals';
import { READER } from '../../testing/callers.js';
import { queriesOf } from '../../testing/statements.js';
import { withService } from '../../testing/with-service.js';

const ROWS = 100_000;
const BATCH = 5_000;

const PAGE = `query ($filter: SubscriberFilter, $orderBy: SubscriberOrder) {
  subscribers(first: 20, filter: $filter, orderBy: $orderBy) { nodes { id } pageInfo { endCursor } }
}`;

const COUNT = `query ($filter: SubscriberFilter) { subscribers(first: 1, filter: $filter) { totalCount { value } } }`;

const STATS = `query ($bucket: StatsBucket!) {
  subscriberStats(from: "2020-06-01", to: "2021-06-01", bucket: $bucket, timeZone: "Asia/Kathmandu") {
    buckets { added } totals { active }
  }
}`;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
}

/** The rows that a plan reads, of all tables. */
function rowsRead(plan: Plan): number {
  const own = plan['Relation Name'] ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) : 0;
  return (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), own);
}

function scannedTables(plan: Plan): string[] {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name']!] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scannedTables)];
}

function tablesOf(plan: Plan): string[] {
  const own = plan['Relation Name'] === undefined ? [] : [plan['Relation Name']];
  return [...own, ...(plan.Plans ?? []).flatMap(tablesOf)];
}

describe(`a list of ${ROWS} subscribers`, () => {
  const running = withService();

  beforeAll(async () => {
    const { database } = running.service;
    // In batches, because the service limits the time of a statement.
    for (let first = 1; first < ROWS; first += BATCH) {
      await database.query(
        `INSERT INTO subscribers (
           id, email, email_normalized, name, search_text, status, bounced_at, unsubscribed_at, added_at, updated_at,
           tags, attributes
         )
         SELECT
           gen_random_uuid(), email, email, name, upper(email || E'\n' || name), status,
           CASE status WHEN 'BOUNCED' THEN now() END, CASE status WHEN 'UNSUBSCRIBED' THEN now() END, at, at,
           -- A tag of a fifth of all, one of the oldest only, and one of very few.
           array_remove(ARRAY[
             CASE WHEN n % 5 = 0 THEN 'news' END, CASE WHEN n < 2000 THEN 'fair' END,
             CASE WHEN n % 5000 = 0 THEN 'press' END
           ], NULL),
           jsonb_build_object('plan', CASE WHEN n % 10 = 0 THEN 'paid' ELSE 'free' END, 'customer', n)
         FROM generate_series($1::int, $2) AS n
         CROSS JOIN LATERAL (SELECT
           left(md5(n::text), 10) || n || '@mail' || n % 500 || '.example' AS email,
           'Name ' || left(md5((n % 997)::text), 10) AS name,
           CASE WHEN n % 1000 = 0 THEN 'BOUNCED' WHEN n % 20 = 0 THEN 'UNSUBSCRIBED' ELSE 'ACTIVE' END AS status,
           '2020-01-01'::timestamptz + n * interval '10 min' AS at
         ) AS made`,
        [first, first + BATCH - 1],
      );
    }
    await database.query('INSERT INTO tag_counts SELECT tag, count(*) FROM subscriber_tags GROUP BY tag');
    await database.query(
      `INSERT INTO subscriber_figures SELECT '2020-01-01'::timestamptz + n * interval '15 min', 1, 0, 0, 0, 0, 0
       FROM generate_series(1, $1::int) AS n`,
      [ROWS],
    );
    await database.query(`UPDATE subscriber_totals SET n = $1 WHERE status = 'ACTIVE'`, [ROWS]);
    // In a list of millions the sample of the statistics has too few rows to know how many have a text.
    await database.query('ALTER TABLE subscribers ALTER search_text SET STATISTICS 0');
    for (const table of ['subscribers', 'subscriber_tags', 'subscriber_figures']) {
      await database.query(`VACUUM ANALYZE ${table}`);
    }
  }, 120_000);

  /** The plans of all statements of a query, executed. */
  const plansOf = async (query: string, variables: object, of = /FROM "subscribers"/) => {
    const { database } = running.service;
    const queries = await queriesOf(database, async () => {
      const { errors } = await running.service.request(query, { variables, as: READER });
      expect(errors).toBeUndefined();
    });
    const wanted = queries.filter(({ statement }) => of.test(statement));
    return Promise.all(
      wanted.map(async ({ statement, parameters }) => {
        const [explained] = await database.query<[{ 'QUERY PLAN': [{ Plan: Plan }] }]>(
          `EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
          parameters,
        );
        return explained['QUERY PLAN'][0].Plan;
      }),
    );
  };

  const UPDATED = { field: 'UPDATED_AT', direction: 'DESC' };
  const EMAIL = { field: 'EMAIL', direction: 'ASC' };

  test.each([
    ['newest first', {}, 30],
    ['by address', { orderBy: EMAIL }, 30],
    ['by the last change', { orderBy: UPDATED }, 30],
    ['of a common status', { filter: { status: ['ACTIVE'] } }, 30],
    ['of a rare status', { filter: { status: ['BOUNCED'] } }, 30],
    ['of a status that nobody has', { filter: { status: ['COMPLAINED'] } }, 30],
    ['of several statuses', { filter: { status: ['BOUNCED', 'COMPLAINED', 'PENDING'] } }, 100],
    ['of a common tag', { filter: { tags: ['news'] } }, 100],
    ['of a tag of the oldest', { filter: { tags: ['fair'] } }, 100],
    ['of a rare tag', { filter: { tags: ['press'] } }, 100],
    ['of two tags', { filter: { tags: ['news', 'fair'] } }, 1_000],
    ['of a tag that nobody has', { filter: { tags: ['unknown'] } }, 0],
    ['of a rare tag by address', { filter: { tags: ['press'] }, orderBy: EMAIL }, 100],
    ['of a common tag by address', { filter: { tags: ['news'] }, orderBy: EMAIL }, 500],
    ['of a tag and a status', { filter: { tags: ['news'], status: ['UNSUBSCRIBED'] } }, 500],
    ['of an attribute', { filter: { attributes: { customer: 77_777 } } }, 10_000],
    ['of a common attribute', { filter: { attributes: { plan: 'paid' } } }, 10_000],
    ['of an address', { filter: { query: 'c4ca4238a01@mail1.example' } }, 10],
    ['of a text that few have', { filter: { query: 'c4ca4238a01' } }, 5_100],
    ['of a text that one in fifty has', { filter: { query: 'mail7' } }, 1_500],
    ['of a text that many have', { filter: { query: 'example' } }, 100],
  ])('has pages %s that read few rows', async (_, variables, most) => {
    const plans = await plansOf(PAGE, variables);
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) {
      expect(scannedTables(plan)).toEqual([]);
      expect(rowsRead(plan)).toBeLessThanOrEqual(most);
    }
  });

  test.each([
    ['of all', {}],
    ['of a common status', { status: ['ACTIVE'] }],
    ['of several statuses', { status: ['ACTIVE', 'UNSUBSCRIBED'] }],
    ['of a common tag', { tags: ['news'] }],
    ['of a rare tag', { tags: ['press'] }],
    ['of two tags', { tags: ['news', 'press'] }],
    ['of a tag and a status', { tags: ['press'], status: ['UNSUBSCRIBED'] }],
  ])('has totals %s without a sequential scan of it', async (_, filter) => {
    const plans = await plansOf(COUNT, { filter }, /FROM/);
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) {
      expect(scannedTables(plan)).not.toContain('subscribers');
      expect(rowsRead(plan)).toBeLessThanOrEqual(10_001);
    }
  });

  test.each(['DAY', 'WEEK', 'MONTH'])('has figures of a year by %s without reading it', async (bucket) => {
    const plans = await plansOf(STATS, { bucket }, /FROM/);
    const tables = plans.flatMap(tablesOf);
    expect(tables).toEqual(expect.arrayContaining(['subscriber_figures', 'subscriber_totals']));
    expect(tables).not.toContain('subscribers');
    expect(plans.flatMap(scannedTables)).not.toContain('subscriber_figures');
    const quartersOfYear = 4 * 24 * 365;
    for (const plan of plans) expect(rowsRead(plan)).toBeLessThanOrEqual(quartersOfYear);
  });

  test('has the exact number of subscribers with a tag', async () => {
    const { data } = await running.service.request<{ subscribers: { totalCount: object } }>(
      '{ subscribers(filter: { tags: "news" }) { totalCount { value precision } } }',
      { as: READER },
    );
    expect(data!.subscribers.totalCount).toEqual({ value: ROWS / 5, precision: 'EXACT' });
  });
});
