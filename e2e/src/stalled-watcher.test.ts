import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { eventually } from './harness/eventually.js';
import { Flood } from './harness/flood.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { length } from './harness/length.js';
import { newPerson, streamCursor, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';

/** For how long the watcher does not read. */
const stallSeconds = length(2, 60);
const PER_SECOND = 500;
/** What the gateway has to have compiled, and to keep for everybody, it has by then. */
const WARM_UP_EVENTS = 1_500;
/** More than the buffers of the system take in. */
const LEAST_LEFT = 3_000;
const MIB = 1024 * 1024;
const MOST_GROWTH = 5 * MIB;

/** Of 4 KiB each, so that the buffers of the system do not take in what a watcher leaves lying. */
const WATCH = `subscription ($after: String) {
  subscriberAdded(after: $after) {
    cursor occurredAt subscriber {
      email addedBy { displayName } ${Array.from({ length: 20 }, (_, n) => `n${n}: name`).join(' ')}
    }
  }
}`;

let system: TestSystem;
let memory: InspectedMemory;
let ada: Person;
beforeAll(async () => {
  const port = await freePort();
  system = await startOwnSystem({ env: { gateway: InspectedMemory.environment(port) } });
  memory = await InspectedMemory.attach(port);
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(async () => {
  memory?.close();
  await system?.stop();
});

/** Watches from a cursor on; `emails` is whom it was told of, in order. */
function watch(after: string) {
  const emails: string[] = [];
  const stream = new ResumingStream<{ email: string }>({
    url: () => system.gatewayUrl,
    accessToken: () => ada.accessToken,
    query: WATCH,
    variables: { after },
    next: ({ subscriber }) => void (subscriber && emails.push(subscriber.email)),
  });
  const hasSeen = (count: number) =>
    eventually(
      () => emails.length,
      (seen) => seen >= count,
      60_000,
    );
  return { emails, stream, hasSeen };
}

test(
  'a watcher who stops reading costs the gateway next to nothing, and misses nothing when it wakes',
  async () => {
    const after = await streamCursor(system.gatewayUrl, ada.accessToken);
    const [lively, stalled] = [watch(after), watch(after)];
    const flood = new Flood({
      databaseUrl: system.databaseUrls.emailSubscriptions,
      userId: ada.userId,
      perSecond: PER_SECOND,
      arrived: () => lively.emails.length,
    });
    try {
      await Promise.all([lively.hasSeen(WARM_UP_EVENTS), stalled.hasSeen(WARM_UP_EVENTS)]);
      const before = await memory.least();
      const socket = await stalled.stream.connection();
      socket.pause();
      const stalledAt = Date.now();
      const left = () => flood.count - stalled.emails.length;
      await eventually(
        () => ({ seconds: (Date.now() - stalledAt) / 1_000, left: left() }),
        ({ seconds, left }) => seconds >= stallSeconds && left >= LEAST_LEFT,
        (stallSeconds + 60) * 1_000,
      );
      const meanwhile = await memory.least();
      const missed = left();
      const rate = missed / ((Date.now() - stalledAt) / 1_000);
      socket.resume();
      await flood.stop();

      await Promise.all([lively.hasSeen(flood.count), stalled.hasSeen(flood.count)]);
      const growth = meanwhile.live - before.live;
      process.stdout.write(
        `stalled watcher: ${(growth / MIB).toFixed(1)} MiB more, ${missed} events left lying at ${rate.toFixed(0)} a second, then ${stalled.stream.endings.join(', ') || 'no close'}\n`,
      );
      const all = Array.from({ length: flood.count }, (_, n) => `flood-${n}@example.com`);
      expect(stalled.emails).toEqual(all);
      expect(lively.emails).toEqual(all);
      expect(growth).toBeLessThan(MOST_GROWTH);
      expect([...stalled.stream.failures, ...lively.stream.failures, ...lively.stream.endings]).toEqual([]);
      // Who does not answer pings either, for long enough, is cut off before it can be told why.
      const strange = stalled.stream.endings.filter(
        (why) => !['1013 SUBSCRIPTION_LAGGED', '1006'].includes(why),
      );
      expect(strange).toEqual([]);
    } finally {
      await flood.stop();
      await Promise.all([lively.stream.stop(), stalled.stream.stop()]);
    }
  },
  (stallSeconds + 240) * 1_000,
);
