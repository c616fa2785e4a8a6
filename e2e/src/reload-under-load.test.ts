import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { length } from './harness/length.js';
import { newPerson, type Person } from './harness/people.js';
import { SupergraphCopy, SupergraphReloads, withAnotherRequest } from './harness/supergraph-file.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { compareWithDatabase, lastLogged } from './kill-matrix/comparison.js';
import { Random } from './kill-matrix/random.js';
import { Watcher } from './kill-matrix/watcher.js';
import { Writer } from './kill-matrix/writer.js';

const RELOADS = length(9, 50);
const ADDITIONS_BETWEEN = 5;

let supergraph: SupergraphCopy;
let system: TestSystem;
let users: [Person, Person];
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  const gateway = { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: '50' };
  system = await startTestSystem({ env: { gateway } });
  users = [await newPerson(system.gatewayUrl, 'Ada'), await newPerson(system.gatewayUrl, 'Bob')];
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

/** Waits until the gateway serves this field of `User`. */
async function userHas(field: string): Promise<void> {
  const query = '{ __type(name: "User") { fields { name } } }';
  await eventually(
    () => post(system.gatewayUrl, query),
    ({ text }) => text.includes(`"${field}"`),
  );
}

test('closes no connection, fails no operation, and loses and repeats no event', async () => {
  const url = () => system.gatewayUrl;
  const databaseUrl = system.databaseUrls['email-subscriptions']!;
  const after = await lastLogged(databaseUrl);
  const reloads = new SupergraphReloads(system, supergraph);
  const watchers = users.flatMap((user, index) =>
    [{}, { addedBy: [user.userId] }, { query: 'linus' }].map(
      (filter) =>
        new Watcher({
          name: `${user.displayName}, ${JSON.stringify(filter)}`,
          filter,
          bookmarks: index === 0,
          user,
          url,
        }),
    ),
  );
  const writers = users.map(
    (user, index) => new Writer({ name: `writer-${index}`, user, url, random: new Random(index) }),
  );
  await Promise.all(watchers.map((watcher) => watcher.start()));
  for (const writer of writers) writer.start();
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  try {
    for (let reload = 0; reload < RELOADS; reload += 1) {
      const before = acknowledged();
      // Every third schema changes the upstream request.
      if (reload % 3 === 2) await reloads.to(withAnotherRequest);
      else await userHas(await supergraph.vary());
      await eventually(acknowledged, (count) => count >= before + ADDITIONS_BETWEEN);
    }
    await Promise.all(writers.map((writer) => writer.stop()));
    const comparison = await compareWithDatabase({ databaseUrl, after, watchers, writers, users });
    expect(comparison).toMatchObject({ findings: [], withoutAddedBy: 0 });
    expect(comparison.eventsChecked).toBeGreaterThan(RELOADS * ADDITIONS_BETWEEN * users.length);
    expect(watchers.flatMap(({ endings, failures }) => [...endings, ...failures])).toEqual([]);
    expect(writers.flatMap(({ setbacks, fault }) => [...setbacks, ...(fault ? [fault] : [])])).toEqual([]);
  } finally {
    await Promise.all([...writers, ...watchers].map((each) => each.stop()));
  }
}, 240_000);
