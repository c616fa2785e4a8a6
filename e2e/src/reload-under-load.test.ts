import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ADDED_WITH_TIME, closeAll, emailsOf, seenAll, watchAdditions } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { length } from './harness/length.js';
import { addSomebody, newPerson, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { SupergraphCopy } from './harness/supergraph-copy.js';
import { whole, withAnotherRequest, withoutCreatedAt } from './harness/supergraph-edits.js';
import { SupergraphReloads } from './harness/supergraph-reloads.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';
import { compareWithDatabase } from './kill-matrix/comparison.js';
import { Dice } from './kill-matrix/dice.js';
import { Watcher } from './kill-matrix/watcher.js';
import { Writer } from './kill-matrix/writer.js';

const RELOADS = length(15, 50);
const ADDITIONS_BETWEEN = 5;

let supergraph: SupergraphCopy;
let system: TestSystem;
let people: [Person, Person];
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  const gateway = { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: '50' };
  system = await startOwnSystem({ env: { gateway } });
  people = [await newPerson(system.gatewayUrl, 'Ada'), await newPerson(system.gatewayUrl, 'Bob')];
});
afterEach(closeAll);
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

/** The fields of `User` in the schema that the gateway has now. */
async function userFields(): Promise<string[]> {
  const { data } = await post(system.gatewayUrl, '{ __type(name: "User") { fields { name } } }');
  return data.__type.fields.map(({ name }: { name: string }) => name);
}

test('new schemas end no connection, fail no operation, and lose and repeat no event', async () => {
  const url = () => system.gatewayUrl;
  const watchers = people.flatMap((session, index) =>
    [{}, { addedBy: [session.userId] }, { query: 'linus' }].map(
      (filter) =>
        new Watcher({
          name: `${session.displayName}, ${JSON.stringify(filter)}`,
          filter,
          bookmarks: index === 0,
          session,
          url,
          open: (options) => new ResumingStream(options),
        }),
    ),
  );
  const writers = people.map(
    (session, index) => new Writer({ name: `writer-${index}`, session, url, dice: new Dice(index) }),
  );
  await Promise.all(watchers.map((watcher) => watcher.start()));
  for (const writer of writers) writer.start();
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  try {
    for (let reload = 0; reload < RELOADS; reload += 1) {
      const before = acknowledged();
      const field = await supergraph.vary();
      await eventually(userFields, (fields) => fields.includes(field));
      await eventually(acknowledged, (count) => count >= before + ADDITIONS_BETWEEN);
    }
    await Promise.all(writers.map((writer) => writer.stop()));
    const databaseUrl = system.databaseUrls.emailSubscriptions;
    const comparison = await compareWithDatabase({ databaseUrl, watchers, writers, people });
    expect(comparison).toMatchObject({ findings: [], separated: 0 });
    expect(comparison.eventsChecked).toBeGreaterThan(RELOADS * ADDITIONS_BETWEEN * people.length);
    expect(watchers.flatMap(({ endings, failures }) => [...endings, ...failures])).toEqual([]);
    expect(writers.flatMap(({ setbacks, fault }) => [...setbacks, ...(fault ? [fault] : [])])).toEqual([]);
  } finally {
    await Promise.all([...writers, ...watchers].map((each) => each.stop()));
  }
}, 240_000);

test('ten reloads under a stream of additions and queries lose nothing, repeat nothing, close nothing', async () => {
  const url = system.gatewayUrl;
  const [ada, bob] = people;
  const reloads = new SupergraphReloads(system, supergraph);
  const watchers = [
    await watchAdditions(url, ada),
    await watchAdditions(url, bob),
    await watchAdditions(url, ada, ADDED_WITH_TIME),
  ];
  const sent: string[] = [];
  const over = new AbortController();
  const busy = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      const { data, text } = await post(url, '{ viewer { user { displayName } } }', {
        token: bob.accessToken,
      });
      if (data?.viewer?.user?.displayName !== 'Bob') throw new Error(text);
      sent.push(await addSomebody(url, ada.accessToken, 'reload'));
    }
  });
  for (let n = 0; n < 10; n += 1) {
    await reloads.to([withoutCreatedAt, withAnotherRequest, whole][n % 3]!);
    await delay(50);
  }
  over.abort();
  await Promise.all(busy);
  for (const watching of watchers) {
    await seenAll(watching, sent);
    await delay(100);
    expect(emailsOf(watching).toSorted()).toEqual(sent.toSorted());
    expect([watching.end, watching.closes()]).toEqual([{}, 0]);
  }
  expect(sent.length).toBeGreaterThan(20);
});
