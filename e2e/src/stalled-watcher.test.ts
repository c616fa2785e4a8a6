import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { addRows } from './harness/add-rows.js';
import { eventually } from './harness/eventually.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { length } from './harness/length.js';
import { newPerson, streamCursor, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

/** How long the watcher does not read. */
const stallSeconds = length(2, 60);
const PER_SECOND = 500;
const EVERY_MS = 100;
const MOST_PENDING = 250;
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
  system = await startTestSystem({ env: { gateway: InspectedMemory.environment(port) } });
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

const run = randomUUID();
const flooded = (n: number) => `flood-${run}-${n}@example.com`;

/** Adds the addresses `flooded(0)`, `flooded(1)` and so on, with long names, until it is stopped. */
class Flood {
  count = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  /** @param arrived returns the number of delivered events, so that a slow machine gets no more than it can process */
  constructor(private readonly arrived: () => number) {
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  /** @throws the error of an insertion */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    const batch = (PER_SECOND * EVERY_MS) / 1_000;
    while (!this.stopped) {
      if (this.count - this.arrived() < MOST_PENDING) {
        const emails = Array.from({ length: batch }, (_, n) => flooded(this.count + n));
        await addRows(system, emails, { addedBy: ada.userId, name: 'n'.repeat(200) });
        this.count += batch;
      }
      await delay(EVERY_MS);
    }
  }
}

test(
  'costs the gateway little memory when a watcher stops reading, and loses no event',
  async () => {
    const after = await streamCursor(system.gatewayUrl, ada.accessToken);
    const [reading, stalled] = [watch(after), watch(after)];
    const flood = new Flood(() => reading.emails.length);
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
      const all = Array.from({ length: flood.count }, (_, n) => flooded(n));
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
