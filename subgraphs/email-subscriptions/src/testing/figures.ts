import { expect } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { FIGURES, FIGURES_CONSUMER } from '../subscribers/stats/figures.js';
import { READER } from './callers.js';
import type { RunningService } from './running-service.js';

export const STATS = `query ($from: Date!, $to: Date!, $bucket: StatsBucket! = DAY, $timeZone: String! = "UTC") {
  subscriberStats(from: $from, to: $to, bucket: $bucket, timeZone: $timeZone) {
    buckets { start added confirmed unsubscribed bounced complained erased }
    totals { pending active unsubscribed bounced complained }
    streamCursor
  }
}`;

export interface Stats {
  readonly buckets: readonly ({ readonly start: string } & Record<string, number | string>)[];
  readonly totals: Readonly<Record<string, number>>;
  readonly streamCursor: string;
}

const DAY_MS = 86_400_000;

/** A day in UTC, counted from today. */
export const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);

/** Waits until all committed events are counted. */
export function allCounted({ database }: RunningService): Promise<void> {
  return waitUntil(async () => {
    const [{ done }] = await database.query<[{ done: boolean }]>(
      `SELECT c.seq = s.last_seq AND NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (SELECT FROM outbox_bulk) AS done
       FROM event_log_consumers c CROSS JOIN event_log_state s WHERE c.name = $1`,
      [FIGURES_CONSUMER],
    );
    return done;
  });
}

/** The figures from yesterday to tomorrow, unless the variables say otherwise. */
export async function statsOf(service: RunningService, variables: object = {}): Promise<Stats> {
  const { data, errors } = await service.request<{ subscriberStats: Stats }>(STATS, {
    variables: { from: day(-1), to: day(2), ...variables },
    as: READER,
  });
  expect(errors).toBeUndefined();
  return data!.subscriberStats;
}

/** Compares the figures with what the tables of subscribers and of their history say. */
export async function expectExactFigures(service: RunningService): Promise<void> {
  const { buckets, totals } = await statsOf(service);
  const sums = FIGURES.map((figure) => [
    figure,
    buckets.reduce((sum, bucket) => sum + Number(bucket[figure]), 0),
  ]);
  expect({ totals, ...Object.fromEntries(sums) }).toEqual(await recount(service));
}

async function recount({ database }: RunningService): Promise<object> {
  const statuses = await database.query<Count[]>(
    `SELECT lower(status) AS name, count(*)::int AS n FROM subscribers WHERE status <> 'ERASED' GROUP BY 1`,
  );
  const kinds = await database.query<Count[]>(
    `SELECT lower(kind) AS name, count(*)::int AS n FROM subscriber_history WHERE kind <> 'UPDATED' GROUP BY 1
     UNION ALL SELECT 'added', count(*)::int FROM subscribers`,
  );
  const none = Object.fromEntries(FIGURES.map((figure) => [figure, 0]));
  const noTotals = { pending: 0, active: 0, unsubscribed: 0, bounced: 0, complained: 0 };
  return { ...none, ...byName(kinds), totals: { ...noTotals, ...byName(statuses) } };
}

interface Count {
  readonly name: string;
  readonly n: number;
}

function byName(counts: readonly Count[]) {
  return Object.fromEntries(counts.map(({ name, n }) => [name, n]));
}

/** Compares the tags with what the table of subscribers says. */
export async function expectExactTags(service: RunningService): Promise<void> {
  const { data } = await service.request<{ tags: { nodes: object[] } }>(
    '{ tags { nodes { name subscribers { value } } } }',
  );
  const rows = await service.database.query<{ name: string; value: number }[]>(
    `SELECT tag AS name, count(*)::int AS value FROM subscribers, unnest(tags) AS tag
     GROUP BY tag ORDER BY count(*) DESC, tag`,
  );
  expect(data!.tags.nodes).toEqual(rows.map(({ name, value }) => ({ name, subscribers: { value } })));
}
