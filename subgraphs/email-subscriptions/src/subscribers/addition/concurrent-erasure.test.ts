import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { withService } from '../../testing/with-service.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:read', 'subscribers:erase']);

describe('an addition of an address that is erased at the same time', () => {
  const running = withService();
  const erase = (id: string) => change(running.service, 'eraseSubscriber', { id }, ERASER);
  /** Waits until additions and erasures wait for locks. The deletion of old keys may wait, too. */
  const waiting = (sessions: number) =>
    waitUntil(async () => {
      const found: unknown[] = await running.service.database.query(
        `SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query NOT LIKE '%30 days%'`,
      );
      return found.length === sessions;
    });
  afterEach(() => running.service.database.query('DROP FUNCTION IF EXISTS wait_after_insert CASCADE'));

  test('leaves no record of its idempotency key', async () => {
    const { database } = running.service;
    const email = 'ann@example.com';
    const { subscriber } = await addSubscriber(running.service, { email });
    const both = await database.transaction(async (other) => {
      await other.query('LOCK TABLE idempotency_keys IN SHARE MODE');
      const addition = addSubscriber(running.service, { email, idempotencyKey: 'once' });
      await waiting(1);
      const erasure = erase(subscriber!.id);
      await waiting(2);
      return [addition, erasure];
    });
    await Promise.all(both);
    expect(await database.query('SELECT key FROM idempotency_keys')).toEqual([]);
  });

  test('is SUPPRESSED if the erasure ends between its statements', async () => {
    const { database } = running.service;
    const email = 'bob@example.com';
    const { subscriber } = await addSubscriber(running.service, { email });
    await database.query(`
      CREATE FUNCTION wait_after_insert() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$`);
    await database.query(
      `CREATE TRIGGER wait_after_insert AFTER INSERT ON subscribers EXECUTE FUNCTION wait_after_insert()`,
    );
    const addition = await database.transaction(async (other) => {
      await other.query('SELECT pg_advisory_xact_lock(77)');
      const started = addSubscriber(running.service, { email });
      await waiting(1);
      await erase(subscriber!.id);
      return [started];
    });
    expect(await addition[0]).toMatchObject({ userErrors: [{ code: 'SUPPRESSED', existing: null }] });
  });
});
