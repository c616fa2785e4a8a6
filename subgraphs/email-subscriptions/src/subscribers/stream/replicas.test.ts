import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { addSubscriber } from '../../testing/additions.js';
import { READER, tokenFor } from '../../testing/callers.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { runService, type RunningService } from '../../testing/running-service.js';
import { waitUntil } from '@supergraph/tools/wait-until';

const WATCH = 'subscription { subscriberAdded(bookmarks: true) { subscriber { email } } }';

describe('two replicas with one database', () => {
  let testDatabase: TestDatabase;
  let replicas: [RunningService, RunningService];
  let watchers: GraphQLSocket[];
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    replicas = [await runService(testDatabase.url), await runService(testDatabase.url)];
    await waitUntil(() => replicas.some(({ eventLog }) => eventLog.isRelay));
    watchers = await Promise.all(replicas.map((replica) => replica.connect()));
    for (const watcher of watchers) {
      watcher.subscribe('1', WATCH, tokenFor(READER));
      expect(await nextEmail(watcher)).toBeNull();
    }
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await testDatabase?.drop();
  });
  const nextEmail = async (watcher: GraphQLSocket) => {
    const { payload } = await watcher.next();
    return (
      (payload as { data: { subscriberAdded: { subscriber: { email: string } | null } } }).data
        .subscriberAdded.subscriber?.email ?? null
    );
  };
  const eventStream = async ({ origin }: RunningService) =>
    ((await (await fetch(`${origin}/health/ready`)).json()) as { eventStream: unknown }).eventStream;

  test('send an addition through either of them to the watchers of both', async () => {
    for (const [index, replica] of replicas.entries()) {
      const email = `through-${index}@example.com`;
      await addSubscriber(replica, { email });
      expect(await Promise.all(watchers.map(nextEmail))).toEqual([email, email]);
    }
  });

  test('report which one is the relay, its lag, the size of the log and the watchers', async () => {
    const [first, second] = replicas;
    const consumers = [{ name: 'subscriber-figures', events: 0, lagMs: 0 }];
    const state = { lagMs: 0, logSize: 2, watchers: 1, consumers };
    await waitUntil(async () => {
      const [{ waiting }] = await first.database.query<[{ waiting: boolean }]>(
        'SELECT min(seq) < (SELECT last_seq FROM event_log_state) AS waiting FROM event_log_consumers',
      );
      return !waiting;
    });
    expect(await eventStream(first)).toEqual({
      ...state,
      relay: first.eventLog.isRelay ? 'here' : 'elsewhere',
    });
    expect(await eventStream(second)).toEqual({
      ...state,
      relay: first.eventLog.isRelay ? 'elsewhere' : 'here',
    });
  });

  test('replace the relay when it stops', async () => {
    const [stopping, staying] = replicas[0].eventLog.isRelay ? [0, 1] : [1, 0];
    await replicas[stopping]!.close();
    await waitUntil(() => replicas[staying]!.eventLog.isRelay);
    await addSubscriber(replicas[staying]!, { email: 'afterwards@example.com' });
    expect(await nextEmail(watchers[staying]!)).toBe('afterwards@example.com');
    replicas = [replicas[staying]!, await runService(testDatabase.url)];
  });
});
