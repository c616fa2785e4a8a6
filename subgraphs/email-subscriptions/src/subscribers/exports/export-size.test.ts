import { beforeAll, describe, expect, test } from '@jest/globals';
import { CREATE_EXPORT, EXPORTER, type ExportPayload, fetchFile } from '../../testing/exports.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

/** Each takes 20 ms to read, so that counting them takes longer than it may. */
const ROWS = 75;

describe('an export of a list that takes long to count', () => {
  const running = withService();
  beforeAll(async () => {
    const { database } = running.service;
    const rows = Array.from({ length: ROWS }, (_, n) => row({ email: `user${n}@example.com` }));
    await store(database, rows);
    await database.query('ALTER TABLE subscribers RENAME TO fast_subscribers');
    await database.query(
      'CREATE VIEW subscribers AS SELECT * FROM fast_subscribers WHERE pg_sleep(0.02) IS NOT NULL',
    );
  });

  test('is created with an estimate of its size, and has all rows', async () => {
    const { data } = await running.service.request<{ createSubscriberExport: ExportPayload }>(CREATE_EXPORT, {
      variables: { input: {} },
      as: EXPORTER,
    });
    expect(data!.createSubscriberExport).toMatchObject({
      downloadUrl: expect.any(String),
      rows: { value: expect.any(Number), precision: 'ESTIMATED' },
      userErrors: [],
    });
    const { pathname } = new URL(data!.createSubscriberExport.downloadUrl!);
    const file = await (await fetchFile(running.service.origin + pathname)).text();
    expect(file.trim().split('\n')).toHaveLength(ROWS + 1);
  });
});
