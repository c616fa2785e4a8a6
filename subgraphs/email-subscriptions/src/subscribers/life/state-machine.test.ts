import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import * as fc from 'fast-check';
import { byId, FollowedList, SHOWN, type Shown } from '../../testing/followed-list.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { expectLives } from '../../testing/lives.js';
import { ADDRESSES, filters, histories, type Operation } from '../../testing/operations.js';
import { runService, SUBSCRIBER_SECRET, type RunningService } from '../../testing/running-service.js';
import { Writers } from '../../testing/writers.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { Suppressions } from '../keys/suppressions.js';
import type { FilterFields } from '../list/subscriber-filter.js';

const RUNS = process.env['LONG'] === '1' ? 3_000 : 80;

/** The histories of fast-check's runs have addresses of their own, in one database. */
describe('random histories of subscribers, with several writers and two replicas', () => {
  const suppressions = new Suppressions(
    new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] }),
  );
  let testDatabase: TestDatabase;
  let replicas: [RunningService, RunningService];
  let sockets: [GraphQLSocket, GraphQLSocket, GraphQLSocket, GraphQLSocket];
  let runs = 0;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    replicas = [await runService(testDatabase.url), await runService(testDatabase.url)];
    const [first, second] = replicas;
    sockets = [await first.connect(), await second.connect(), await first.connect(), await second.connect()];
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await testDatabase?.drop();
  });

  test('follow the table of transitions, and watchers rebuild the exact list and a filtered one', async () => {
    await fc.assert(fc.asyncProperty(histories, filters, live), { numRuns: RUNS, endOnFailure: true });
  }, 3_600_000);

  async function live(lists: Operation[][], filter: FilterFields): Promise<void> {
    const [{ database }] = replicas;
    const run = (runs += 1);
    const since = new Date();
    const addresses = Array.from({ length: ADDRESSES }, (_, index) => `a${index}@h${run}.example.com`);
    const { seq } = replicas[0].position();
    const after = await streamCursor();
    const follow = (index: number, variables: { filter: FilterFields; after?: string }) =>
      FollowedList.start(sockets[index]!, `${run} ${index}`, variables);
    const watchers = [await follow(0, { filter: {} }), await follow(1, { filter })];
    await new Writers(replicas, addresses, since).run(lists);
    await settled();
    watchers.push(await follow(2, { filter, after }), await follow(3, { filter: {}, after }));

    const subscribers = await expectLives(database, seq);
    const changes = replicas[0].position().seq - seq;
    const [all, some] = [await list({}, since), await list(filter, since)];
    expect(await Promise.all(watchers.map((watcher) => watcher.read(changes)))).toEqual([
      all,
      some,
      some,
      all,
    ]);
    expect(all.map(({ id }) => id)).toEqual(
      subscribers
        .filter(({ status }) => status !== 'ERASED')
        .map(({ id }) => id)
        .sort(),
    );
    for (const { email, emailNormalized } of subscribers) {
      if (email !== null) expect(await suppressions.has(database.manager, emailNormalized)).toBe(false);
    }
    expect(await tags()).toEqual(await recountedTags());
  }

  const streamCursor = async () => {
    const { data } = await replicas[1].request<{ subscribers: { streamCursor: string } }>(
      '{ subscribers { streamCursor } }',
    );
    return data!.subscribers.streamCursor;
  };

  /** Waits until all sign-ups are processed, and both replicas have read all events. */
  const settled = async () => {
    await waitUntil(async () => {
      const waiting: unknown[] = await replicas[0].database.query(
        'SELECT FROM sign_ups WHERE kept_until IS NULL LIMIT 1',
      );
      return waiting.length === 0;
    });
    for (const replica of replicas) await replica.settled();
  };

  /** The subscribers of a history that pass a filter. */
  const list = async (filter: FilterFields, from: Date): Promise<Shown[]> => {
    const { data } = await replicas[0].request<{ subscribers: { nodes: Shown[] } }>(
      `query ($filter: SubscriberFilter) { subscribers(first: 100, filter: $filter) { nodes { ${SHOWN} } } }`,
      { variables: { filter: { ...filter, addedAt: { from } } } },
    );
    return data!.subscribers.nodes.sort(byId);
  };

  const tags = async (): Promise<object[]> => {
    const { data } = await replicas[1].request<{ tags: { nodes: object[] } }>(
      '{ tags { nodes { name subscribers { value } } } }',
    );
    return data!.tags.nodes;
  };

  const recountedTags = async (): Promise<object[]> => {
    const rows = await replicas[0].database.query<{ name: string; value: number }[]>(
      `SELECT tag AS name, count(*)::int AS value FROM subscribers, unnest(tags) AS tag
       GROUP BY tag ORDER BY count(*) DESC, tag`,
    );
    return rows.map(({ name, value }) => ({ name, subscribers: { value } }));
  };
});
