import { withClient } from '@supergraph/tools/postgres-client';
import type { Client } from 'pg';
import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { percentile } from '../statistics.js';

const MILLIONS = 10;
const BATCH = 500_000;
const ROUNDS = 5;
const TIMES = 20;
const MOST_MS = 5;
const MOST_STATS_MS = 50;

/** Names of two and three of these syllables, so that three syllables in a row find few people. */
const SYLLABLES = `ARRAY['an','bel','cor','dan','el','fer','gar','hil','is','jor','kal','len','mar','nor','ol','pet','quin',
  'ros','sam','tor','ul','vic','wal','xen','yar','zel']`;
const syllable = `(${SYLLABLES})[1 + floor(random() * 26)::int + n * 0]`;
const DOMAIN = `(ARRAY['gmail.com','yahoo.com','outlook.com','web.de','mail.example.org'])[1 + n % 5]`;

const PAGE = `query ($filter: SubscriberFilter, $orderBy: SubscriberOrder, $after: String) {
  subscribers(first: 20, filter: $filter, orderBy: $orderBy, after: $after) {
    nodes { id email name status tags } pageInfo { endCursor hasNextPage }
  }
}`;
const TOTAL =
  'query ($filter: SubscriberFilter) { subscribers(first: 1, filter: $filter) { totalCount { value } } }';
const STATS = `query ($bucket: StatsBucket!) {
  subscriberStats(from: "2025-03-01", to: "2026-03-01", bucket: $bucket, timeZone: "Europe/Berlin") {
    buckets { start added unsubscribed } totals { active }
  }
}`;

/** How long requests to email-subscriptions take at ten million subscribers. */
export async function millions(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, { users: { DEFAULT_ROLE: 'ADMIN' } }, async (bench) => {
    await withClient(bench.databaseUrls['email-subscriptions']!, fill);
    await postgres.checkpoint();
    const query = (text: string) => ({ filter: { query: text } });
    return [
      await figure(bench, 'page, newest first', PAGE, [{}]),
      await figure(bench, 'page, by address', PAGE, [{ orderBy: { field: 'EMAIL', direction: 'ASC' } }]),
      await figure(bench, 'page, of a status', PAGE, [{ filter: { status: ['BOUNCED'] } }]),
      await figure(bench, 'search, a name', PAGE, ['xenmar', 'zelrosan', 'quinhil', 'yarvicsam'].map(query)),
      await figure(
        bench,
        'search, an address',
        PAGE,
        ['xen.zelkal', 'marquin.petwal', 'ros.toryar'].map(query),
      ),
      await figure(bench, 'search, a text of a fifth of all', PAGE, ['gmail'].map(query)),
      await figure(bench, 'tag of a fifth of all', PAGE, [{ filter: { tags: ['news'] } }]),
      await figure(bench, 'tag of one in 100,000', PAGE, [{ filter: { tags: ['press'] } }]),
      await figure(bench, 'attribute of a tenth of all', PAGE, [
        { filter: { attributes: { plan: 'paid' } } },
      ]),
      await figure(bench, 'attribute of one', PAGE, [{ filter: { attributes: { customer: 4_711_004 } } }]),
      await figure(bench, 'total', TOTAL, [{}]),
      await figure(bench, 'stats of a year by day', STATS, [{ bucket: 'DAY' }], MOST_STATS_MS),
      await figure(bench, 'stats of a year by month', STATS, [{ bucket: 'MONTH' }], MOST_STATS_MS),
    ];
  });
}

/** Each of the variables a few times in each round. */
async function figure(
  bench: BenchSystem,
  name: string,
  document: string,
  variables: readonly object[],
  atMost = MOST_MS,
): Promise<Figure> {
  const subgraph = bench.subgraph('email-subscriptions');
  for (const each of variables) await subgraph.query(document, each);
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times: number[] = [];
    for (let n = 0; n < TIMES; n += 1) {
      const startedAt = performance.now();
      await subgraph.query(document, variables[n % variables.length]);
      times.push(performance.now() - startedAt);
    }
    values.push(percentile(Float64Array.from(times).sort(), 50));
  }
  return { name, values, unit: 'ms', digits: 1, atMost };
}

/** Adds ten million subscribers over six years. The indexes are made afterwards, which is faster. */
async function fill(client: Client): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indrelid = 'subscribers'::regclass AND NOT indisunique`,
  );
  await client.query(`SET maintenance_work_mem = '1GB'`);
  await client.query('SET statement_timeout = 0');
  await client.query('ALTER TABLE subscribers DISABLE TRIGGER USER');
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  for (let from = 0; from < MILLIONS * 1_000_000; from += BATCH) {
    await client.query(
      `INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, bounced_at, unsubscribed_at,
         added_at, updated_at, source, tags, attributes)
       SELECT gen_random_uuid(), email, lower(email), name, upper(email || E'\\n' || name), status,
         CASE status WHEN 'BOUNCED' THEN at END, CASE status WHEN 'UNSUBSCRIBED' THEN at END, at, at, 'IMPORT', tags,
         jsonb_build_object('plan', CASE WHEN n % 10 = 0 THEN 'paid' ELSE 'free' END, 'customer', n)
       FROM (
         SELECT n, initcap(given) || ' ' || initcap(family) AS name,
           given || '.' || family || n || '@' || ${DOMAIN} AS email,
           CASE WHEN n % 1000 = 0 THEN 'BOUNCED' WHEN n % 20 = 0 THEN 'UNSUBSCRIBED' ELSE 'ACTIVE' END AS status,
           date_trunc('milliseconds', '2020-03-01'::timestamptz + n * interval '18.9 s') AS at,
           array_remove(ARRAY[CASE WHEN n % 5 = 0 THEN 'news' END, CASE WHEN n % 100000 = 0 THEN 'press' END], NULL)
             AS tags
         FROM (
           SELECT n, ${syllable} || ${syllable} AS given, ${syllable} || ${syllable} || ${syllable} AS family
           FROM generate_series($1::int, $2) AS n
         ) AS drawn
       ) AS made`,
      [from + 1, from + BATCH],
    );
    console.log(`  ${(from + BATCH).toLocaleString('en')} subscribers are added`);
  }
  await client.query('ALTER TABLE subscribers ENABLE TRIGGER USER');
  await client.query(
    'INSERT INTO subscriber_tags SELECT tag, added_at, id FROM subscribers, unnest(tags) AS tag',
  );
  await client.query('INSERT INTO tag_counts SELECT tag, count(*) FROM subscriber_tags GROUP BY tag');
  await client.query(`INSERT INTO subscriber_figures (quarter, added, confirmed, unsubscribed, bounced, complained, erased)
    SELECT date_bin('15 min', added_at, '2020-01-01'), count(*), 0, count(unsubscribed_at), count(bounced_at), 0, 0
      FROM subscribers GROUP BY 1`);
  await client.query(`INSERT INTO subscriber_totals (status, n) SELECT status, count(*) FROM subscribers GROUP BY 1
    ON CONFLICT (status) DO UPDATE SET n = excluded.n`);
  for (const { name, definition } of indexes) {
    console.log(`  ${name} …`);
    await client.query(definition);
  }
  for (const table of ['subscribers', 'subscriber_tags', 'subscriber_figures'])
    await client.query(`VACUUM ANALYZE ${table}`);
}
