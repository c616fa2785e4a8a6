import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { DataSource } from 'typeorm';
import { createExport, exported, exportOutcomes, fetchFile } from '../../testing/exports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

const LONG_ROWS = 4_000;
const ROW_BYTES = 40_000;

/** Rows of a file that is larger than the buffers between Postgres and a client that does not read. */
const fill = (database: DataSource) =>
  database.query(
    `INSERT INTO subscribers (id, email, email_normalized, search_text, name, attributes, status, added_at)
     SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', '', 'v0',
       jsonb_build_object('text', repeat('x', $2)), 'ACTIVE', now()
     FROM generate_series(1, $1::int) AS n`,
    [LONG_ROWS, ROW_BYTES],
  );

/** How many rows of the running export Postgres has sent. */
const sentRows = async (database: DataSource): Promise<number | undefined> => {
  const rows = await database.query<{ sent: number }[]>(
    'SELECT tuples_processed::int AS sent FROM pg_stat_progress_copy WHERE datname = current_database()',
  );
  return rows[0]?.sent;
};

/** With the workers of a parallel query. */
const sessions = async (database: DataSource): Promise<number> => {
  const [{ count }] = (await database.query(
    `SELECT count(*)::int FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE '% export'`,
  )) as [{ count: number }];
  return count;
};

describe('a long export', () => {
  const running = withService({ EXPORTS_AT_ONCE: '1' });

  test('has one state of the list while it changes, waits for its reader, and ends with it', async () => {
    const { database, log } = running.service;
    await fill(database);
    const url = await createExport(running.service, { fields: ['EMAIL', 'NAME', 'ATTRIBUTES'] });
    const response = await fetchFile(url);
    const reader = response.body!.getReader();
    let chunk = await reader.read();

    // The reader waits, so Postgres stops sending rows, and most of them are neither in this process nor on their way.
    let sent: number | undefined;
    await waitUntil(async () => {
      const before = sent;
      await database.query("UPDATE subscribers SET name = 'v' || 1 + substr(name, 2)::int");
      sent = await sentRows(database);
      return sent === before;
    });
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(LONG_ROWS / 4);
    await database.query("DELETE FROM subscribers WHERE email LIKE '1%'");
    await store(database, [row({ email: 'late@example.com', name: 'v9' })]);

    const busy = await createExport(running.service);
    const refused = await fetchFile(busy);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });

    const names = new Map<string, number>();
    const decoder = new TextDecoder();
    let rest = '';
    for (; !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const name = /,(v\d),/.exec(line)?.[1];
        if (name) names.set(name, (names.get(name) ?? 0) + 1);
      }
    }
    expect(names).toEqual(new Map([['v0', LONG_ROWS]]));
    await waitUntil(async () => (await sessions(database)) === 0);
    expect(exportOutcomes(log)).toEqual(['complete']);

    // The link was not spent.
    const [{ left }] = await database.query<[{ left: number }]>(
      'SELECT count(*)::int AS left FROM subscribers',
    );
    expect((await (await fetchFile(busy)).text()).split('\n')).toHaveLength(left + 2);
  });

  test('ends in Postgres as soon as the client leaves', async () => {
    const { database, log } = running.service;
    const leaving = new AbortController();
    const url = await createExport(running.service);
    const response = await fetchFile(url, { signal: leaving.signal });
    await response.body!.getReader().read();
    expect(await sessions(database)).toBeGreaterThan(0);
    leaving.abort();
    await waitUntil(async () => (await sessions(database)) === 0);
    expect(exportOutcomes(log).at(-1)).toBe('aborted');
    expect((await fetchFile(url)).status).toBe(404);
    expect(await exported(running.service, { fields: ['EMAIL'] })).toContain('late@example.com');
  });
});

describe('an export beyond the time limit', () => {
  const running = withService({ EXPORT_TIMEOUT_MS: '1000' });

  test('is cut off, so that the client does not take the file for complete', async () => {
    const { database, log } = running.service;
    await fill(database);
    const response = await fetchFile(await createExport(running.service));
    const reader = response.body!.getReader();
    await reader.read();
    await waitUntil(async () => (await sessions(database)) === 0);
    const toTheEnd = async () => {
      while (!(await reader.read()).done);
    };
    await expect(toTheEnd()).rejects.toThrow('terminated');
    expect(exportOutcomes(log)).toEqual(['cut off']);
  });
});
