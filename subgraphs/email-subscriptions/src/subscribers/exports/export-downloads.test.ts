import { ANONYMOUS } from '@kit/auth';
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { DataSource } from 'typeorm';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, ROOM } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import {
  CREATE_EXPORT,
  createExport,
  EXPORTER,
  exported,
  fetchFile,
  type ExportPayload,
} from '../../testing/exports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000e', ['subscribers:erase', 'subscribers:read']);

const NOT_FOUND = {
  errors: [{ message: expect.stringContaining('Create a new export'), extensions: { code: 'NOT_FOUND' } }],
};

/** Rows of 1 kB, which fill the buffers between Postgres and a client that does not read. */
const fill = (database: DataSource, count: number) =>
  database.query(
    `INSERT INTO subscribers (id, email, email_normalized, search_text, name, attributes, status, added_at)
     SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', '', 'v0',
       jsonb_build_object('text', repeat('x', 1000)), 'ACTIVE', now()
     FROM generate_series(1, $1::int) AS n`,
    [count],
  );

/** With the workers of a parallel query. */
const sessions = async (database: DataSource): Promise<number> => {
  const [{ count }] = (await database.query(
    `SELECT count(*)::int FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE '% export'`,
  )) as [{ count: number }];
  return count;
};

const outcomes = (log: readonly string[]) =>
  log
    .map((line) => JSON.parse(line) as { msg: string; outcome: string })
    .filter(({ msg }) => msg === 'export')
    .map(({ outcome }) => outcome);

describe('createSubscriberExport', () => {
  const running = withService({ PUBLIC_URL: 'https://graph.example.com' });
  const create = (input: object, as = EXPORTER) =>
    running.service.request<{ createSubscriberExport: ExportPayload | null }>(CREATE_EXPORT, {
      variables: { input },
      as,
    });

  test('returns an address for an hour, and the number of rows', async () => {
    await store(running.service.database, [row({ email: 'a@example.com' }), row({ email: 'b@example.com' })]);
    const { data } = await create({ filter: { query: 'A@' } });
    expect(data).toEqual({
      createSubscriberExport: {
        downloadUrl: expect.stringMatching(/^https:\/\/graph\.example\.com\/files\/[\w-]{43}$/),
        expiresAt: expect.any(String),
        rows: { value: 1, precision: 'EXACT' },
        userErrors: [],
      },
    });
    const minutes = (Date.parse(data!.createSubscriberExport!.expiresAt!) - Date.now()) / 60_000;
    expect(Math.round(minutes)).toBe(60);
  });

  test.each([
    ['anonymous callers', {}, ANONYMOUS, 'UNAUTHENTICATED'],
    ['programs without a user', {}, ROOM, 'FORBIDDEN'],
    ['users without subscribers:export', {}, EDITOR, 'FORBIDDEN'],
    [
      'consent without subscribers:pii',
      { fields: ['CONSENT'] },
      caller(EXPORTER.viewer.userId, ['subscribers:export']),
      'FORBIDDEN',
    ],
    [
      'unsubscribe links without subscribers:pii',
      { fields: ['EMAIL', 'UNSUBSCRIBE_URL'] },
      caller(EXPORTER.viewer.userId, ['subscribers:export']),
      'FORBIDDEN',
    ],
    ['filters that match nobody', { filter: { tags: ['x'.repeat(65)] } }, EXPORTER, 'BAD_USER_INPUT'],
  ])('rejects %s', async (_, input, as, code) => {
    const { data, errors } = await create(input, as as typeof EXPORTER);
    expect(data?.createSubscriberExport ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code } }]);
  });

  test('returns a user error for an empty list of fields', async () => {
    const { data } = await create({ fields: [] });
    expect(data?.createSubscriberExport).toMatchObject({
      downloadUrl: null,
      userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'fields'] }],
    });
  });

  test('keeps no filter with the address of an erased subscriber', async () => {
    const { service } = running;
    const { subscriber } = await addSubscriber(service, { email: 'Gone.Soon@example.com' });
    const [withIt, without] = [
      await createExport(service, { filter: { query: ' gone.SOON@example.com' } }),
      await createExport(service, { filter: { query: 'example.com' } }),
    ];
    await change(service, 'eraseSubscriber', { id: subscriber!.id }, ERASER);
    expect((await fetchFile(withIt)).status).toBe(404);
    expect((await fetchFile(without)).status).toBe(200);
  });
});

describe('a download', () => {
  const running = withService();

  test('has a file name, and is not cached', async () => {
    const response = await fetchFile(await createExport(running.service, { format: 'NDJSON' }));
    await response.text();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': expect.stringMatching(/^attachment; filename="subscribers-[\d-]{10}\.ndjson"$/),
      'cache-control': 'no-store',
    });
    expect(response.headers.has('retry-after')).toBe(false);
  });

  test('works once, of several at the same time too', async () => {
    const url = await createExport(running.service);
    const responses = await Promise.all([fetchFile(url), fetchFile(url), fetchFile(url)]);
    const bodies = await Promise.all(responses.map((response) => response.text()));
    expect(responses.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 404, 404]);
    expect((await fetchFile(url)).status).toBe(404);
    const refused = bodies.find((_, n) => responses[n]!.status === 404)!;
    expect(JSON.parse(refused)).toEqual(NOT_FOUND);
  });

  test('is described by HEAD, which leaves the file for a GET', async () => {
    const url = await createExport(running.service);
    const head = await fetchFile(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
    ]);
    const response = await fetchFile(url);
    expect([response.status, (await response.text()).startsWith('email,')]).toEqual([200, true]);
    expect((await fetchFile(url, { method: 'HEAD' })).status).toBe(404);
  });

  test('does not work after an hour, or with another token', async () => {
    const url = await createExport(running.service);
    await running.service.database.query('UPDATE subscriber_exports SET expires_at = now()');
    for (const each of [url, `${running.service.origin}/files/x`]) {
      const response = await fetchFile(each);
      expect([response.status, await response.json()]).toEqual([404, NOT_FOUND]);
    }
  });

  test('needs the token of the gateway', async () => {
    const url = await createExport(running.service);
    const response = await fetch(url);
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: 'UNTRUSTED_CALLER' } }] },
    ]);
    expect((await fetchFile(url)).status).toBe(200);
  });

  test('is logged with its user, and without addresses and tokens', async () => {
    await store(running.service.database, [row({ email: 'secret@example.com', name: 'Secret' })]);
    const before = running.service.log.length;
    const url = await createExport(running.service, { fields: ['EMAIL'], filter: { query: 'secret@' } });
    await (await fetchFile(url)).text();
    const lines = () => running.service.log.slice(before);
    await waitUntil(async () => outcomes(lines()).length > 0);
    expect(JSON.parse(lines().find((line) => line.includes('"msg":"export"'))!)).toMatchObject({
      userId: EXPORTER.viewer.userId,
      format: 'CSV',
      fields: ['EMAIL'],
      rows: 1,
      ms: expect.any(Number),
      outcome: 'complete',
    });
    expect(lines().join('')).not.toMatch(/secret/i);
    expect(lines().join('')).not.toContain(url.split('/').at(-1));
  });
});

describe('a long export', () => {
  const running = withService({ EXPORTS_AT_ONCE: '1' });

  test('has one state of the list while all rows change, waits for its reader, and ends with it', async () => {
    const { database, log } = running.service;
    await fill(database, 40_000);
    const url = await createExport(running.service, { fields: ['EMAIL', 'NAME', 'ATTRIBUTES'] });
    const heap = process.memoryUsage.rss();
    const response = await fetchFile(url);
    const reader = response.body!.getReader();
    await reader.read();

    // The reader waits, so most rows are still in Postgres.
    for (const version of ['v1', 'v2']) await database.query('UPDATE subscribers SET name = $1', [version]);
    expect(await sessions(database)).toBeGreaterThan(0);
    expect(process.memoryUsage.rss() - heap).toBeLessThan(100 * 2 ** 20);

    const busy = await createExport(running.service);
    const refused = await fetchFile(busy);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });

    const names = new Map<string, number>();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const name = /,(v\d),/.exec(line)?.[1];
        if (name) names.set(name, (names.get(name) ?? 0) + 1);
      }
    }
    expect([...names.keys()]).toEqual(['v0']);
    await waitUntil(async () => (await sessions(database)) === 0);
    expect(outcomes(log)).toEqual(['complete']);

    // The link was not spent.
    expect((await (await fetchFile(busy)).text()).split('\n')).toHaveLength(40_002);
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
    expect(outcomes(log).at(-1)).toBe('aborted');
    expect((await fetchFile(url)).status).toBe(404);
    expect((await exported(running.service)).length).toBeGreaterThan(40_000_000);
  });
});

describe('an export beyond the time limit', () => {
  const running = withService({ EXPORT_TIMEOUT_MS: '1000' });

  test('is cut off, so that the client does not take the file for complete', async () => {
    const { database, log } = running.service;
    await fill(database, 40_000);
    const response = await fetchFile(await createExport(running.service));
    const reader = response.body!.getReader();
    await reader.read();
    await waitUntil(async () => (await sessions(database)) === 0);
    const toTheEnd = async () => {
      while (!(await reader.read()).done);
    };
    await expect(toTheEnd()).rejects.toThrow('terminated');
    expect(outcomes(log)).toEqual(['cut off']);
  });
});
