import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { KillablePostgres } from '@supergraph/tools/test-postgres/killable';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { DataSource } from 'typeorm';
import { database } from '../../database/database.js';
import { createImport, upload } from '../../testing/imports.js';
import { KillableReplica } from '../../testing/killable-replica.js';
import { row, store } from '../../testing/rows.js';
import { runService } from '../../testing/running-service.js';
import { FIGURES_CONSUMER } from '../stats/figures.js';

const LONG = process.env['LONG'] === '1';
const HUNDREDS = LONG ? 3_000 : 500;

type Kill = readonly [moment: 'at its start' | 'after a batch', victim: 'replica' | 'Postgres'];
const THREE_KILLS: Kill[] = [
  ['at its start', 'replica'],
  ['after a batch', 'replica'],
  ['after a batch', 'Postgres'],
];
const KILLS: Kill[] = LONG
  ? [...THREE_KILLS, ...THREE_KILLS, ['at its start', 'Postgres'], ...THREE_KILLS]
  : THREE_KILLS;

/** What becomes of a hundred rows: these places, and 95 rows that are new. */
const PLACE = { updated: 0, suppressed: 1, same: 2, repeated: 13, invalid: 4 };
const NEW = 95;

/** The row that has the address first: in the same batch, or in an earlier one. */
const firstOf = (n: number) => (n < 25_000 ? n : n - 20_000) - 5;

const emailOf = (n: number) => `user${n}@a.example`;

function lineOf(n: number): string {
  if (n % 100 === PLACE.invalid) return `user${n},\n`;
  if (n % 100 === PLACE.repeated) return `USER${firstOf(n)}@a.example,Again\n`;
  return `${emailOf(n)},User ${n}\n`;
}

interface State {
  readonly status: string;
  readonly attempt: number;
  readonly position: number;
  readonly serverSince: string;
}

describe('an import by a process and a Postgres that are killed', () => {
  let postgres: KillablePostgres;
  let dataSource: DataSource;
  let replica: KillableReplica | undefined;
  beforeAll(async () => {
    postgres = await KillablePostgres.start('email-subscriptions', 'killed-imports');
    dataSource = await database.dataSource(postgres.databaseUrl).initialize();
  });
  afterAll(async () => {
    await replica?.stop();
    await dataSource?.destroy();
    await postgres?.remove();
  });
  const all = <Row>(statement: string, parameters?: unknown[]) =>
    dataSource.query<Row[]>(statement, parameters);

  /** Waits for a state of the import, also while Postgres is down. */
  const when = async (condition: (now: State) => boolean): Promise<State> => {
    let now: State | undefined;
    await waitUntil(async () => {
      if (postgres.fault) throw postgres.fault as Error;
      [now] = await all<State>(
        `SELECT status, attempt, position, pg_postmaster_start_time()::text AS "serverSince" FROM subscriber_imports`,
      ).catch(() => []);
      return now !== undefined && condition(now);
    });
    return now!;
  };

  const storeExisting = async () => {
    for (let first = 0; first < HUNDREDS; first += 500) {
      const rows = Array.from({ length: 500 }, (_, place) => {
        const n = (first + place) * 100;
        return [
          row({ email: emailOf(n + PLACE.updated), name: 'Old' }),
          row({ email: emailOf(n + PLACE.suppressed), name: 'Left', status: 'UNSUBSCRIBED' }),
          row({ email: emailOf(n + PLACE.same), name: `User ${n + PLACE.same}` }),
        ];
      });
      await store(dataSource, rows.flat());
    }
  };

  const kill = async ([moment, victim]: Kill, last: State): Promise<State> => {
    const hit = await when(
      (now) =>
        now.status !== 'RUNNING' ||
        (moment === 'at its start' ? now.attempt > last.attempt : now.position > last.position),
    );
    if (victim === 'Postgres') {
      await postgres.kill('SIGKILL');
      const after = await when(({ serverSince }) => serverSince !== hit.serverSince);
      // The attempt goes on if it did not need Postgres meanwhile.
      return { ...after, attempt: hit.attempt - 1 };
    }
    await replica!.kill();
    const left = await when(() => true);
    replica!.restart();
    return left;
  };

  const counted = () =>
    waitUntil(async () => {
      const [{ done }] = (await all<{ done: boolean }>(
        `SELECT c.seq = s.last_seq AND NOT EXISTS (SELECT FROM outbox_bulk) AS done
           FROM event_log_consumers AS c CROSS JOIN event_log_state AS s WHERE c.name = $1`,
        [FIGURES_CONSUMER],
      )) as [{ done: boolean }];
      return done;
    });

  test(
    'has the result of one that nobody disturbed',
    async () => {
      await storeExisting();
      const service = await runService(postgres.databaseUrl);
      const { uploadUrl } = await createImport(service, { onExisting: 'UPDATE' });
      await service.close();
      replica = new KillableReplica(postgres.databaseUrl, await freePort());
      await replica.ready();
      const lines = Array.from({ length: HUNDREDS * 100 }, (_, n) => lineOf(n));
      expect((await upload(replica, uploadUrl!, `email,name\n${lines.join('')}`)).status).toBe(204);

      const hits: unknown[] = [];
      let last: State = { status: 'RUNNING', attempt: 0, position: 0, serverSince: '' };
      for (const planned of KILLS) {
        last = await kill(planned, last);
        hits.push([...planned, last.status]);
      }
      expect(hits).toEqual(KILLS.map((planned) => [...planned, 'RUNNING']));
      await when(({ status }) => status !== 'RUNNING');
      await counted();

      expect(
        await all(
          `SELECT status, rows_read, added, updated, unchanged, suppressed, rejected,
             (SELECT count(*)::int FROM import_rejected_rows WHERE (line - 2) % 100 = $1) AS rejected_rows,
             (SELECT count(*)::int FROM import_chunks) AS chunks,
             (SELECT count(*)::int FROM pg_class WHERE starts_with(relname, 'import_addresses_')) AS tables
           FROM subscriber_imports`,
          [PLACE.invalid],
        ),
      ).toEqual([
        {
          status: 'FINISHED',
          rows_read: HUNDREDS * 100,
          added: HUNDREDS * NEW,
          updated: HUNDREDS,
          unchanged: 2 * HUNDREDS,
          suppressed: HUNDREDS,
          rejected: HUNDREDS,
          rejected_rows: HUNDREDS,
          chunks: 0,
          tables: 0,
        },
      ]);
      expect(
        await all(
          `WITH expected AS (
             SELECT 'user' || n || '@a.example' AS email,
               CASE n % 100 WHEN $2 THEN 'Left' ELSE 'User ' || n END AS name,
               CASE n % 100 WHEN $2 THEN 'UNSUBSCRIBED' ELSE 'ACTIVE' END AS status,
               CASE n % 100 WHEN $1 THEN 2 ELSE 1 END AS revision,
               CASE n % 100 WHEN $1 THEN '{UPDATED}'::text[] ELSE '{}' END AS history,
               CASE n % 100 WHEN $1 THEN '{subscriber.updated}'::text[] WHEN $2 THEN '{}' WHEN $3 THEN '{}'
                 ELSE '{subscriber.added}' END AS events
             FROM generate_series(0, $6::int - 1) AS n WHERE n % 100 NOT IN ($4, $5)
           ), found AS (
             SELECT email, name, status, revision,
               ARRAY(SELECT kind FROM subscriber_history WHERE subscriber_id = s.id) AS history,
               coalesce(events, '{}') AS events
             FROM subscribers AS s LEFT JOIN (
               SELECT subject_id AS id, array_agg(type) AS events FROM event_log GROUP BY 1) AS e USING (id)
           )
           (TABLE expected EXCEPT ALL TABLE found) UNION ALL (TABLE found EXCEPT ALL TABLE expected) LIMIT 3`,
          [...Object.values(PLACE), HUNDREDS * 100],
        ),
      ).toEqual([]);
      const events = HUNDREDS * (NEW + 1);
      expect(
        await all(
          `SELECT count(*)::int, min(seq)::int AS first, max(seq)::int AS last,
             (SELECT sum(added)::int FROM subscriber_figures) AS figures,
             (SELECT n::int FROM subscriber_totals WHERE status = 'ACTIVE') AS active FROM event_log`,
        ),
      ).toEqual([{ count: events, first: 1, last: events, figures: HUNDREDS * NEW, active: HUNDREDS * NEW }]);
    },
    LONG ? 1_800_000 : 300_000,
  );
});
