import { ANONYMOUS } from '@kit/auth';
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, ROOM } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import {
  CREATE_EXPORT,
  createExport,
  EXPORTER,
  exportOutcomes,
  fetchFile,
  type ExportPayload,
} from '../../testing/exports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000e', ['subscribers:erase', 'subscribers:read']);

const NOT_FOUND = {
  errors: [{ message: expect.stringContaining('Create a new export'), extensions: { code: 'NOT_FOUND' } }],
};

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
    await waitUntil(async () => exportOutcomes(lines()).length > 0);
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
