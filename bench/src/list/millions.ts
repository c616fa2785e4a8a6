import { withClient } from '@supergraph/tools/postgres-client';
import type { Client } from 'pg';
import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';

const MILLIONS = 10;
const BATCH = 500_000;
const ROUNDS = 5;
const REQUESTS = 20;
const MOST_MS = 5;
const MOST_STATS_MS = 50;

/** Early letters are drawn more often, so that common and rare ones are mixed as in names of people. */
const oneOf = (letters: string) =>
  `substr('${letters}', 1 + floor(random() ^ 2 * ${letters.length})::int, 1)`;
const syllable = `${oneOf('bcdfghjklmnprstvwz')} || ${oneOf('aeiou')} || ${oneOf('lmnrstkd')}`;
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

interface Person {
  readonly name: string;
  readonly email: string;
}

/** How long Postgres works for a request to email-subscriptions at ten million subscribers. */
export async function millions(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async (bench) => {
    const people = await withClient(bench.databaseUrls['email-subscriptions']!, async (client) => {
      await fill(client);
      return somePeople(client);
    });
    await postgres.checkpoint();
    const search = (name: string, textOf: (person: Person) => string) =>
      figure(
        bench,
        `search, ${name}`,
        PAGE,
        people.map((person) => ({ filter: { query: textOf(person) } })),
      );
    return [
      await figure(bench, 'page, newest first', PAGE, [{}]),
      await figure(bench, 'page, by address', PAGE, [{ orderBy: { field: 'EMAIL', direction: 'ASC' } }]),
      await figure(bench, 'page, of a status', PAGE, [{ filter: { status: ['BOUNCED'] } }]),
      await search('an address', ({ email }) => email),
      await search('a full name', ({ name }) => name),
      await search('a given name', ({ name }) => name.split(' ')[0]!),
      await search('three letters', ({ name }) => name.slice(0, 3)),
      await search('a text of a fifth of all', () => 'gmail'),
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

async function figure(
  bench: BenchSystem,
  name: string,
  document: string,
  variables: readonly object[],
  atMost = MOST_MS,
): Promise<Figure> {
  const subgraph = bench.subgraph('email-subscriptions');
  const round = () =>
    bench.postgres.statementMs(bench.databaseUrls['email-subscriptions']!, REQUESTS, (n) =>
      subgraph.query(document, variables[n % variables.length]),
    );
  // The first round fills the caches.
  await round();
  const values: number[] = [];
  while (values.length < ROUNDS) values.push(await round());
  return { name, values, unit: 'ms', digits: 2, atMost };
}

/** Ten people from anywhere in the list, since ids are random. */
async function somePeople(client: Client): Promise<Person[]> {
  const { rows } = await client.query<Person>('SELECT name, email FROM subscribers ORDER BY id LIMIT 10');
  return rows;
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
