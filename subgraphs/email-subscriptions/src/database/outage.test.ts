import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../testing/additions.js';
import { READER, tokenFor } from '../testing/callers.js';
import { closeDatabase } from '../testing/closed-database.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../testing/with-service.js';

describe('during an outage of the database', () => {
  const running = withService();
  const health = async (path: string) => (await fetch(`${running.service.origin}/health/${path}`)).status;

  test('the service is live but not ready, tells clients to retry, and recovers', async () => {
    const { service } = running;
    expect(await health('ready')).toBe(200);
    const socket = await service.connect();
    socket.subscribe('1', 'subscription { subscriberAdded { subscriber { email } } }', tokenFor(READER));
    await waitUntil(() => service.eventLog.watchers === 1);
    const inUse = service.database.createQueryRunner();
    await inUse.startTransaction();

    const database = await closeDatabase(service.database);
    expect(await health('ready')).toBe(503);
    expect(await health('live')).toBe(200);
    const { data, errors } = await service.request('{ subscribers { nodes { id } } }');
    expect(data).toEqual({ subscribers: null });
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'A part of the system is not available right now. Please try again.',
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      }),
    ]);

    await inUse.release();
    await database.open();
    expect(await health('ready')).toBe(200);
    expect(await addSubscriber(service, { email: 'after@example.com' })).toMatchObject({ created: true });
    expect(await socket.next()).toMatchObject({
      payload: { data: { subscriberAdded: { subscriber: { email: 'after@example.com' } } } },
    });
    await socket.close();
  });
});
