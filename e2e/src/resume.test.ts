import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addRows } from './harness/add-rows.js';
import { ADDED_WITH_TIME } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { liveClient, watch, type Watch } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import { addRandomSubscriber, freshEmail, newPerson, streamCursor, type Person } from './harness/people.js';
import { ResumingStream } from './harness/resuming-stream.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let system: TestSystem;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterAll(() => system?.stop());

const add = () => addRandomSubscriber(url, ada.accessToken, 'resume');

/** Watches on a new socket. */
function watchFrom(variables: { after?: string; bookmarks?: boolean }) {
  const client = liveClient(url, ada.accessToken);
  const watching = watch(client, ADDED, variables);
  return { ...watching, close: () => client.dispose() };
}

function eventsOf({ events }: Pick<Watch, 'events'>) {
  return events.map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data.subscriberAdded as {
      cursor: string;
      subscriber: { email: string; addedBy: { displayName: string } } | null;
    };
  });
}

const cursorNow = () => streamCursor(url, ada.accessToken);

describe('a returning client', () => {
  test('gets the missed events in order and once, and then new ones', async () => {
    const first = watchFrom({ bookmarks: true });
    await first.waitForEvents(1);
    const seen = [await add()];
    await first.waitForEvents(2);
    let { cursor } = eventsOf(first).at(-1)!;
    await first.close();

    for (const _ of ['once', 'and again']) {
      const missed = [await add(), await add()];
      const again = watchFrom({ after: cursor, bookmarks: true });
      await again.waitForEvents(4);
      const live = await add();
      await again.waitForEvents(5);
      const events = eventsOf(again);
      const received = events.map(({ subscriber }) => subscriber?.email ?? 'bookmark');
      // The replay may end before the last missed event; the bookmark marks its end.
      expect(received.filter((what) => what !== 'bookmark')).toEqual([...missed, live]);
      expect(received.filter((what) => what === 'bookmark')).toHaveLength(2);
      expect(received[0]).toBe('bookmark');
      const joined = events.flatMap(({ subscriber }) => (subscriber ? [subscriber.addedBy] : []));
      expect(joined).toEqual(joined.map(() => ({ displayName: 'Ada' })));
      expect(events[0]?.cursor).toBe(cursor);
      seen.push(...missed, live);
      cursor = events.at(-1)!.cursor;
      await again.close();
    }
  });

  test('gets more missed events than the gateway buffers', async () => {
    const after = await cursorNow();
    const added = Array.from({ length: 2_500 }, () => freshEmail('resume'));
    await addRows(system, added, { addedBy: ada.userId, name: 'Grace' });
    const seen: string[] = [];
    const stream = new ResumingStream<{ email: string }>({
      url: () => url,
      accessToken: () => ada.accessToken,
      query: ADDED_WITH_TIME,
      variables: { after },
      next: ({ subscriber }) => void (subscriber && seen.push(subscriber.email)),
    });
    await eventually(
      () => seen.length,
      (count) => count >= added.length,
    );
    expect(seen).toEqual(added);
    expect(stream.failures).toEqual([]);
    await stream.stop();
  }, 120_000);

  test('misses no event after it has read the list', async () => {
    const email = await add();
    const after = await cursorNow();
    const again = watchFrom({ after });
    const next = await add();
    await again.waitForEvents(1);
    // The newest entry of the list may get its cursor after the list was read.
    const emails = async () =>
      eventsOf({ events: await again.waitForEvents(1) }).map((e) => e.subscriber?.email);
    while (!(await emails()).includes(next)) await again.waitForEvents(2);
    expect([[next], [email, next]]).toContainEqual(await emails());
    await again.close();
  });

  test.each([
    ['tampered with', async () => (await cursorNow()).replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
    ['malformed', async () => 'yesterday'],
  ])('gets an error when the cursor is %s', async (_, cursor) => {
    const again = watchFrom({ after: await cursor() });
    expect(await again.waitForEnd()).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('cursor'),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ]);
    await again.close();
  });
});
