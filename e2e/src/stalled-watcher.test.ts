import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { eventually } from './harness/eventually.js';
import { Flood } from './harness/flood.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { length } from './harness/length.js';
import { newPerson, streamCursor, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';

/** How long the watcher does not read. */
const stallSeconds = length(2, 60);
const PER_SECOND = 500;
/** After this number of events the gateway has compiled its code and filled its rings. */
const WARM_UP_EVENTS = 1_500;
/** More than the socket buffers take. */
const LEAST_UNREAD = 3_000;
const MIB = 1024 * 1024;
const MOST_GROWTH = 5 * MIB;

/** Events of 4 KiB, so that the socket buffers soon are full. */
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

/** Watches from a cursor on; `emails` are the received addresses, in order. */
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
  'costs the gateway little memory when a watcher stops reading, and loses no event',
  async () => {
    const after = await streamCursor(system.gatewayUrl, ada.accessToken);
    const [reading, stalled] = [watch(after), watch(after)];
    const flood = new Flood({
      databaseUrl: system.databaseUrls.emailSubscriptions,
      userId: ada.userId,
      perSecond: PER_SECOND,
      arrived: () => reading.emails.length,
    });
    try {
      await Promise.all([reading.hasSeen(WARM_UP_EVENTS), stalled.hasSeen(WARM_UP_EVENTS)]);
      const before = await memory.least();
      const socket = await stalled.stream.connection();
      socket.pause();
      const stalledAt = Date.now();
      const unread = () => flood.count - stalled.emails.length;
      await eventually(
        () => ({ seconds: (Date.now() - stalledAt) / 1_000, unread: unread() }),
        ({ seconds, unread }) => seconds >= stallSeconds && unread >= LEAST_UNREAD,
        (stallSeconds + 60) * 1_000,
      );
      const meanwhile = await memory.least();
      const missed = unread();
      const rate = missed / ((Date.now() - stalledAt) / 1_000);
      socket.resume();
      await flood.stop();

      await Promise.all([reading.hasSeen(flood.count), stalled.hasSeen(flood.count)]);
      const growth = meanwhile.live - before.live;
      process.stdout.write(
        `stalled watcher: ${(growth / MIB).toFixed(1)} MiB more, ${missed} events unread at ${rate.toFixed(0)} a second, then ${stalled.stream.endings.join(', ') || 'no close'}\n`,
      );
      const all = Array.from({ length: flood.count }, (_, n) => `flood-${n}@example.com`);
      expect(stalled.emails).toEqual(all);
      expect(reading.emails).toEqual(all);
      expect(growth).toBeLessThan(MOST_GROWTH);
      expect([...stalled.stream.failures, ...reading.stream.failures, ...reading.stream.endings]).toEqual([]);
      // A watcher that misses several pings is disconnected without a close frame.
      const unexpected = stalled.stream.endings.filter(
        (why) => !['1013 SUBSCRIPTION_LAGGED', '1006'].includes(why),
      );
      expect(unexpected).toEqual([]);
    } finally {
      await flood.stop();
      await Promise.all([reading.stream.stop(), stalled.stream.stop()]);
    }
  },
  (stallSeconds + 240) * 1_000,
);
