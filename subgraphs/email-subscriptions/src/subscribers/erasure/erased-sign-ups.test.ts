import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { tablesWith } from '../../testing/dump.js';
import { subscribe } from '../../testing/sign-ups.js';
import { withMailbox } from '../../testing/with-mailbox.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);

describe('an erasure', () => {
  const running = withMailbox();

  /** Locks a subscriber. @returns what ends the lock */
  const lock = async (id: string) => {
    const other = running.service.database.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT FROM subscribers WHERE id = $1 FOR UPDATE', [id]);
    return async () => {
      await other.rollbackTransaction();
      await other.release();
    };
  };
  const waiting = (sessions: number) =>
    waitUntil(async () => {
      const [{ count }] = await running.service.database.query<[{ count: number }]>(
        'SELECT count(DISTINCT pid)::int FROM pg_locks WHERE NOT granted',
      );
      return count === sessions;
    });

  test('covers a sign-up that the worker already processes', async () => {
    const { service, smtp } = running;
    const [first, erased] = await Promise.all(
      ['first@example.com', 'erased@example.com'].map(async (email) => {
        const { subscriber } = await addSubscriber(service, { email });
        return { email, id: subscriber!.id };
      }),
    );
    // The worker waits with another sign-up, while this one comes, and then the erasure.
    const [unlockFirst, unlockErased] = [await lock(first!.id), await lock(erased!.id)];
    await subscribe(service, { email: first!.email });
    await waiting(1);
    await subscribe(service, { email: erased!.email });
    const erasure = change(service, 'eraseSubscriber', { id: erased!.id }, ERASER);
    await waiting(2);
    await unlockFirst();
    await waitUntil(async () => {
      const left: unknown[] = await service.database.query('SELECT FROM sign_ups');
      return left.length === 1;
    });
    // Now the worker waits for the erasure.
    await waiting(2);
    await unlockErased();
    expect((await erasure).userErrors).toEqual([]);
    await running.settled();

    expect(await tablesWith(service.database, /erased@/i)).toEqual([]);
    expect(smtp.to(erased!.email)).toEqual([]);

    // A later one is new.
    await subscribe(service, { email: erased!.email });
    await running.settled();
    expect(smtp.to(erased!.email)).toHaveLength(1);
  });
});
