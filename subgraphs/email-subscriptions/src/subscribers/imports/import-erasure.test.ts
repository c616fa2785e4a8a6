import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { createImport, ended, importFile, importState, rejectedRows, upload } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);

describe('an erasure', () => {
  const running = withService();
  const erase = async (id: string) => {
    const { data, errors } = await running.service.request<{
      eraseSubscriber: { userErrors: unknown[] };
    }>(
      'mutation ($id: ID!) { eraseSubscriber(input: { id: $id }) { subscriber { status } userErrors { code } } }',
      { variables: { id }, as: ERASER },
    );
    expect([errors, data?.eraseSubscriber.userErrors]).toEqual([undefined, []]);
  };
  const idOf = async (email: string) => {
    const rows = await running.service.database.query<{ id: string }[]>(
      'SELECT id FROM subscribers WHERE email = $1',
      [email],
    );
    return rows[0]?.id;
  };

  test('keeps the address away from later imports, also in another spelling', async () => {
    const { subscriber } = await addSubscriber(running.service, { email: 'ann@a.example' });
    await erase(subscriber!.id);
    const others = (domain: string) =>
      Array.from({ length: 10_000 }, (_, n) => `user${n}@${domain}\n`).join('');
    // The last row is in another transaction than the first two.
    const file = (domain: string) => `email\nANN@a.example\nann@A.example\n${others(domain)}Ann@a.example\n`;
    const expected = { rowsRead: 10_003, added: 10_000, suppressed: 3, unchanged: 0 };
    for (const onExisting of ['SKIP', 'UPDATE']) {
      for (const dryRun of [true, false]) {
        const done = await importFile(running.service, file(`${onExisting}.example`), { dryRun, onExisting });
        expect(done).toMatchObject(expected);
      }
    }
    expect(await idOf('ANN@a.example')).toBeUndefined();
    expect(await idOf('user1@SKIP.example')).toBeDefined();
  });

  test('removes the address from rejected rows', async () => {
    const done = await importFile(running.service, 'email\n<Cid@a.example>\n<dan@a.example>\n');
    expect(await rejectedRows(running.service, done.id)).toHaveLength(2);
    const { subscriber } = await addSubscriber(running.service, { email: 'cid@a.example' });
    await erase(subscriber!.id);
    expect(await rejectedRows(running.service, done.id)).toMatchObject([{ value: '<dan@a.example>' }]);
  });

  test('during an import removes the address from the file, and the import goes on', async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => `user${n}@b.example,User ${n}\n`);
    const file = `email,name\n${rows.join('')}Last@b.example,\n`;
    const { subscriber } = await addSubscriber(running.service, { email: 'last@b.example' });
    const { subscriberImport, uploadUrl } = await createImport(running.service);
    const { id } = subscriberImport!;
    await upload(running.service, uploadUrl!, file);
    await waitUntil(async () => (await importState(running.service, id)).added > 0);
    await erase(subscriber!.id);
    const stored = await running.service.database.query<unknown[]>(
      `SELECT n FROM import_chunks WHERE position('last@b.example' IN lower(encode(bytes, 'escape'))) > 0`,
    );
    expect(stored).toEqual([]);
    expect(await ended(running.service, id)).toMatchObject({
      status: 'FINISHED',
      rowsRead: 60_001,
      added: 60_000,
      suppressed: 1,
      unchanged: 0,
      rejected: 0,
    });
    expect(await idOf('Last@b.example')).toBeUndefined();
  });

  test('during an import forgets the address, also if the file has another spelling of it', async () => {
    const rows = Array.from({ length: 40_000 }, (_, n) => `user${n}@c.example\n`);
    const { subscriber } = await addSubscriber(running.service, { email: 'gus@c.example' });
    const { subscriberImport, uploadUrl } = await createImport(running.service, { onExisting: 'UPDATE' });
    const { id } = subscriberImport!;
    await upload(running.service, uploadUrl!, `email\n"gus"@c.example\n${rows.join('')}`);
    await waitUntil(async () => (await importState(running.service, id)).added > 0);
    const remembered = () =>
      running.service.database.query<unknown[]>(
        `SELECT line FROM import_addresses_${id.replaceAll('-', '')} WHERE email_normalized = 'gus@c.example'`,
      );
    expect(await remembered()).toEqual([{ line: 2 }]);
    await erase(subscriber!.id);
    expect(await remembered()).toEqual([]);
    expect(await ended(running.service, id)).toMatchObject({ added: 40_000, unchanged: 1 });
  });
});
