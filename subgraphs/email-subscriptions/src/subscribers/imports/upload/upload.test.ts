import { request as httpRequest } from 'node:http';
import { ANONYMOUS } from '@kit/auth';
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { tokenFor } from '../../../testing/callers.js';
import { createImport, ended, importState, upload } from '../../../testing/imports.js';
import { withService } from '../../../testing/with-service.js';

const failure = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] });

describe('the upload of a file', () => {
  const running = withService({ IMPORT_MAX_BYTES: '1000000' });
  const chunks = async () => {
    const [{ count }] = await running.service.database.query<[{ count: number }]>(
      `SELECT count(*)::int FROM import_chunks JOIN subscriber_imports ON id = import_id WHERE status = 'WAITING_FOR_FILE'`,
    );
    return count;
  };
  /** An upload whose body the test writes. */
  const begin = (url: string, headers: Record<string, string> = {}) => {
    const sent = httpRequest(running.service.origin + new URL(url).pathname, {
      method: 'PUT',
      headers: { 'txn-token': tokenFor(ANONYMOUS), ...headers },
    }).on('error', () => {});
    sent.write(Buffer.alloc(300_000, 'x'));
    return sent;
  };

  test('works once', async () => {
    const { uploadUrl, subscriberImport } = await createImport(running.service);
    expect(uploadUrl).toMatch(/^http:\/\/127\.0\.0\.1:4000\/files\/[\w-]{43}$/);
    expect((await upload(running.service, uploadUrl!, 'email\nann@a.example\n')).status).toBe(204);
    const again = await upload(running.service, uploadUrl!, 'email\n');
    expect([again.status, await again.json()]).toEqual([404, failure('NOT_FOUND')]);
    await ended(running.service, subscriberImport!.id);
  });

  test('requires the gateway, a known token, and one that has not expired', async () => {
    const { uploadUrl } = await createImport(running.service);
    const direct = await upload(running.service, uploadUrl!, 'email\n', { 'txn-token': '' });
    expect(direct.status).toBe(401);
    expect((await upload(running.service, `${uploadUrl!}x`, 'email\n')).status).toBe(404);
    await running.service.database.query('UPDATE subscriber_imports SET token_expires_at = now()');
    expect((await upload(running.service, uploadUrl!, 'email\n')).status).toBe(404);
    expect(running.service.log.join('')).not.toContain(new URL(uploadUrl!).pathname.slice(7));
  });

  test.each(['application/json', 'text/csv', 'application/x-www-form-urlencoded'])(
    'accepts %s',
    async (type) => {
      const { uploadUrl } = await createImport(running.service);
      const { status } = await upload(running.service, uploadUrl!, 'email\n', { 'content-type': type });
      expect(status).toBe(204);
    },
  );

  test.each([['with a length'], ['without a length']])(
    'rejects a file that is too large, %s',
    async (kind) => {
      const { uploadUrl, subscriberImport } = await createImport(running.service);
      const bytes = Buffer.alloc(1_000_001, 'x');
      const file = kind === 'with a length' ? bytes : new Blob([bytes]).stream();
      const rejected = await upload(running.service, uploadUrl!, file);
      expect([rejected.status, await rejected.json()]).toEqual([413, failure('BAD_REQUEST')]);
      expect(await importState(running.service, subscriberImport!.id)).toMatchObject({
        status: 'WAITING_FOR_FILE',
      });
      expect(await chunks()).toBe(0);
    },
  );

  test('can be repeated after it broke, and nothing of the broken one stays', async () => {
    const { uploadUrl, subscriberImport } = await createImport(running.service);
    const broken = begin(uploadUrl!);
    await waitUntil(async () => (await chunks()) > 0);
    broken.destroy();
    await waitUntil(async () => (await chunks()) === 0);
    expect((await upload(running.service, uploadUrl!, 'email\nbob@a.example\n')).status).toBe(204);
    expect(running.service.log.filter((line) => line.includes('unforeseen error'))).toEqual([]);
    expect(await ended(running.service, subscriberImport!.id)).toMatchObject({
      status: 'FINISHED',
      added: 1,
    });
  });

  test('goes on alone: a second one at the same time is rejected', async () => {
    const { uploadUrl } = await createImport(running.service);
    const first = begin(uploadUrl!);
    await waitUntil(async () => (await chunks()) > 0);
    const second = await upload(running.service, uploadUrl!, 'email\n');
    expect([second.status, await second.json()]).toEqual([409, failure('BAD_REQUEST')]);
    first.destroy();
    await waitUntil(async () => (await chunks()) === 0);
  });
});
