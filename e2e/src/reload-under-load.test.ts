import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { newPerson, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { SupergraphCopy } from './harness/supergraph-copy.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { compareWithDatabase } from './kill-matrix/comparison.js';
import { Dice } from './kill-matrix/dice.js';
import { Watcher } from './kill-matrix/watcher.js';
import { Writer } from './kill-matrix/writer.js';

const RELOADS = 50;
const ADDITIONS_BETWEEN = 5;

let supergraph: SupergraphCopy;
let system: TestSystem;
let people: Person[];
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  const gateway = { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: '50' };
  system = await startTestSystem({ env: { gateway } });
  people = [await newPerson(system.gatewayUrl, 'Ada'), await newPerson(system.gatewayUrl, 'Bob')];
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

/** The fields of `User` in the schema that the gateway has now. */
async function userFields(): Promise<string[]> {
  const { data } = await post(system.gatewayUrl, '{ __type(name: "User") { fields { name } } }');
  return data.__type.fields.map(({ name }: { name: string }) => name);
}

test('fifty new schemas end no connection, fail no operation, and lose and repeat no event', async () => {
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
