import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { tablesWith } from '../../testing/dump.js';
import { createExport, exported, exportOutcomes, fetchFile } from '../../testing/exports.js';
import { createImport, ended, importFile, importState, upload } from '../../testing/imports.js';
import { subscribe } from '../../testing/sign-ups.js';
import { withMailbox } from '../../testing/with-mailbox.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);

const EMAIL = 'Zephyrine.Quux@example.com';
const ANYWHERE = /zephyrine|quux/i;

/** More than one batch of an import has. */
const OTHERS = 20_000;

const others = Array.from({ length: OTHERS }, (_, n) => `user${n}@a.example\n`).join('');

describe('an erasure', () => {
  const running = withMailbox();

  /** Imports the address, and takes the import from the worker when it has written one batch, until `goOn`. */
  const startImport = async (): Promise<string> => {
    const { service } = running;
    // No worker gets it when the erasure ends its lease.
    await service.database.query(
      `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF OLD.added = 0 THEN NEW.attempt := NEW.attempt + 1; END IF;
         NEW.leased_until := 'infinity';
         RETURN NEW;
       END $$;
       CREATE TRIGGER hold BEFORE UPDATE ON subscriber_imports FOR EACH ROW WHEN (NEW.added > 0)
         EXECUTE FUNCTION hold()`,
    );
    const { subscriberImport, uploadUrl } = await createImport(service, { onExisting: 'UPDATE' });
    const { id } = subscriberImport!;
    await upload(service, uploadUrl!, `email\n${EMAIL}\n${others}${EMAIL}\n<${EMAIL}>\n`);
    await waitUntil(async () => (await importState(service, id)).added > 0);
    return id;
  };
  const goOn = () =>
    running.service.database.query(
      'DROP FUNCTION hold CASCADE; UPDATE subscriber_imports SET leased_until = NULL',
    );

  test('removes the address from imports, exports, mails and sign-ups at once, and from no log', async () => {
    const { service } = running;
    const { database } = service;
    const { subscriber } = await addSubscriber(service, {
      email: EMAIL,
      requireConfirmation: true,
      consentText: `${EMAIL} said yes`,
      idempotencyKey: 'once',
    });
    await running.settled();
    const file = `email\n<${EMAIL}>\n`;
    expect(await importFile(service, file)).toMatchObject({ rejected: 1 });
    const unused = await createExport(service, { filter: { query: EMAIL } });
    const kept = await createExport(service, { filter: { status: ['ACTIVE'] } });
    expect(await exported(service, { filter: { query: EMAIL } })).toContain(EMAIL);
    await waitUntil(() => exportOutcomes(service.log).length === 1);
    const importId = await startImport();
    // The worker waits for the subscriber.
    const other = database.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT FROM subscribers WHERE id = $1 FOR UPDATE', [subscriber!.id]);
    const erasure = change(service, 'eraseSubscriber', { id: subscriber!.id }, ERASER);
    await subscribe(service, { email: EMAIL, name: 'Zephyrine' });
    const before = await tablesWith(database, ANYWHERE);
    expect(before.map((table) => table.replace(/(import_addresses_)\w+/, '$1'))).toEqual([
      'import_addresses_',
      'import_chunks',
      'import_rejected_rows',
      'mail_jobs',
      'sign_ups',
      'subscriber_exports',
      'subscribers',
    ]);
    await other.rollbackTransaction();
    await other.release();

    expect((await erasure).userErrors).toEqual([]);
    await running.settled();
    expect(await tablesWith(database, ANYWHERE)).toEqual([]);
    expect([(await fetchFile(unused)).status, (await fetchFile(kept)).status]).toEqual([404, 200]);

    await goOn();
    expect(await ended(service, importId)).toMatchObject({
      status: 'FINISHED',
      added: OTHERS,
      unchanged: 1,
      suppressed: 2,
      rejected: 0,
    });
    expect(await tablesWith(database, ANYWHERE)).toEqual([]);
    expect(service.log.join('\n')).not.toMatch(ANYWHERE);
  });
});
