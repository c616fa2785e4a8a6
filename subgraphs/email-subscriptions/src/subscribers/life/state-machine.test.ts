import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import * as fc from 'fast-check';
import { addSubscriber } from '../../testing/additions.js';
import { AddressJournal } from '../../testing/address-journal.js';
import { allCounted, expectExactFigures, expectExactTags } from '../../testing/figures.js';
import { byId, FollowedList, SHOWN, type Shown } from '../../testing/followed-list.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { importFile } from '../../testing/imports.js';
import { Lives } from '../../testing/lives.js';
import { ADDRESSES, filters, histories, type Operation } from '../../testing/operations.js';
import { runService, SUBSCRIBER_SECRET, type RunningService } from '../../testing/running-service.js';
import { TOUR } from '../../testing/tour.js';
import { Writers } from '../../testing/writers.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { Suppressions } from '../keys/suppressions.js';
import type { FilterFields } from '../list/subscriber-filter.js';

const LONG = process.env['LONG'] === '1';
const RUNS = LONG ? 3_000 : 10;

/** The histories of fast-check's runs have addresses of their own, in one database. */
describe('random histories of subscribers, with several writers and two replicas', () => {
  const suppressions = new Suppressions(
    new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] }),
  );
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  let replicas: [RunningService, RunningService];
  let sockets: [GraphQLSocket, GraphQLSocket, GraphQLSocket, GraphQLSocket];
  let journal: AddressJournal;
  let lives: Lives;
  let runs = 0;
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    testDatabase = await createTestDatabase('email-subscriptions');
    const environment = { SMTP_URL: smtp.url, DRAIN_TIMEOUT_MS: '2000' };
    const [first, second] = [
      await runService(testDatabase.url, environment),
      await runService(testDatabase.url, environment),
    ];
    replicas = [first, second];
    sockets = [await first.connect(), await second.connect(), await first.connect(), await second.connect()];
    journal = await AddressJournal.start(first.database);
  });
  beforeEach(() => {
    lives = new Lives(replicas[0].database);
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await testDatabase?.drop();
    await smtp?.close();
  });

  test('follow the table of transitions, and watchers rebuild the exact list and a filtered one', async () => {
    await fc.assert(fc.asyncProperty(histories, filters, live), { numRuns: RUNS, endOnFailure: true });
    if (LONG) lives.expectEveryTransition();
  }, 7_200_000);

  test('do the same on a tour through every transition of the table', async () => {
    for (const lists of TOUR) await live(lists, { status: ['PENDING', 'ACTIVE'] });
    lives.expectEveryTransition();
  });

  async function live(lists: readonly (readonly Operation[])[], filter: FilterFields): Promise<void> {
    const run = (runs += 1);
    const since = new Date();
    const addresses = Array.from({ length: ADDRESSES }, (_, index) => `a${index}@h${run}.example.com`);
    const { seq } = replicas[0].position();
    const after = await streamCursor();
    const follow = (index: number, variables: { filter: FilterFields; after?: string }) =>
      FollowedList.start(sockets[index]!, `${run} ${index}`, variables);
    const watchers = [await follow(0, { filter: {} }), await follow(1, { filter })];
    await new Writers({ replicas, smtp, journal }, addresses, since).run(lists);
    await settled();
    watchers.push(await follow(2, { filter, after }), await follow(3, { filter: {}, after }));

    const subscribers = await lives.expectAllowed(seq);
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
    await expectSuppressions(addresses);
    await allCounted(replicas[0]);
    await expectExactFigures(replicas[1]);
    await expectExactTags(replicas[1]);
    smtp.mails.length = 0;
  }

  /** Erased addresses are suppressed until their owners come back, for staff and for imports, and no others are. */
  const expectSuppressions = async (addresses: readonly string[]) => {
    const [{ database }, service] = replicas;
    const erased = [];
    for (const email of addresses) {
      const isErased = await journal.expectRightful(email);
      expect(await suppressions.has(database.manager, email)).toBe(isErased);
      if (isErased) erased.push(email);
    }
    for (const email of erased) {
      const { userErrors } = await addSubscriber(service, { email });
      expect(userErrors).toMatchObject([{ code: 'SUPPRESSED', existing: null }]);
    }
    if (erased.length === 0) return;
    const imported = await importFile(service, ['email', ...erased].join('\n'));
    expect(imported).toMatchObject({ added: 0, suppressed: erased.length });
  };

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

  /** The subscribers of a history that pass a filter, and their number. */
  const list = async (filter: FilterFields, from: Date): Promise<Shown[]> => {
    const { data } = await replicas[0].request<{
      subscribers: { nodes: Shown[]; totalCount: { value: number } };
    }>(
      `query ($filter: SubscriberFilter) { subscribers(first: 100, filter: $filter) {
         nodes { ${SHOWN} } totalCount { value } } }`,
      { variables: { filter: { ...filter, addedAt: { from } } } },
    );
    const { nodes, totalCount } = data!.subscribers;
    expect(totalCount.value).toBe(nodes.length);
    return nodes.sort(byId);
  };
});
