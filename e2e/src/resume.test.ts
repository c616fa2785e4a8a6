import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { liveClient, watch, type Watch } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import { addSomebody, newPerson, streamCursor, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterAll(() => system?.stop());

const add = () => addSomebody(url, ada.accessToken, 'resume');

/** Watches over a socket of its own, as whoever comes back does. */
function watchAgain(variables: { after?: string; bookmarks?: boolean }) {
  const client = liveClient(url, ada.accessToken);
  const watching = watch(client, ADDED, variables);
  return { ...watching, leave: () => client.dispose() };
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

/** A stock client that reconnects by itself, with the last cursor that it has seen. */
function goOnFrom(cursor: string) {
  const client = liveClient(url, ada.accessToken, 1_000);
  const variables = { after: cursor };
  const seen: string[] = [];
  let failure: unknown;
  client.subscribe(
    { query: ADDED, variables },
    {
      next: ({ data }) => {
        const event = data!.subscriberAdded as ReturnType<typeof eventsOf>[number];
        variables.after = event.cursor;
        seen.push(event.subscriber!.email);
      },
      error: (error) => (failure = error),
      complete: () => undefined,
    },
  );
  return {
    waitFor: (count: number) =>
      eventually(
        () => {
          if (failure !== undefined) throw new Error('the client gave up', { cause: failure });
          return seen;
        },
        () => seen.length >= count,
        60_000,
      ),
    leave: () => client.dispose(),
  };
}

const cursorNow = () => streamCursor(url, ada.accessToken);

describe('whoever comes back to the gateway', () => {
  test('gets what was missed, joined, in order and once, and then what happens, each time from where they were', async () => {
    const first = watchAgain({ bookmarks: true });
    await first.waitForEvents(1);
    const seen = [await add()];
    await first.waitForEvents(2);
    let { cursor } = eventsOf(first).at(-1)!;
    await first.leave();

    for (const _ of ['once', 'and again']) {
      const missed = [await add(), await add()];
      const again = watchAgain({ after: cursor, bookmarks: true });
      await again.waitForEvents(4);
      const live = await add();
      await again.waitForEvents(5);
      const events = eventsOf(again);
      const told = events.map(({ subscriber }) => subscriber?.email ?? 'bookmark');
      // The log may have ended before the last of them when the operation began: then that is where the bookmark is.
      expect(told.filter((what) => what !== 'bookmark')).toEqual([...missed, live]);
      expect(told.filter((what) => what === 'bookmark')).toHaveLength(2);
      expect(told[0]).toBe('bookmark');
      const joined = events.flatMap(({ subscriber }) => (subscriber ? [subscriber.addedBy] : []));
      expect(joined).toEqual(joined.map(() => ({ displayName: 'Ada' })));
      expect(events[0]?.cursor).toBe(cursor);
      seen.push(...missed, live);
      cursor = events.at(-1)!.cursor;
      await again.leave();
    }
  });

  test('misses nobody when the subgraph that has the events dies and starts anew', async () => {
    const after = await cursorNow();
    const before = await add();
    system.processes.emailSubscriptions.kill('SIGKILL');
    await system.processes.emailSubscriptions.exited;
    await system.restart('emailSubscriptions');
    const afterwards = await add();
    const again = watchAgain({ after });
    await again.waitForEvents(2);
    expect(eventsOf(again).map(({ subscriber }) => subscriber?.email)).toEqual([before, afterwards]);
    await again.leave();
  });

  test('misses nobody when the gateway dies, with a stock client that is told where it was', async () => {
    const goingOn = goOnFrom(await cursorNow());
    const added = [await add()];
    await goingOn.waitFor(1);
    system.processes.gateway.kill('SIGKILL');
    await system.processes.gateway.exited;
    await system.restart('gateway');
    added.push(await add(), await add());
    expect(await goingOn.waitFor(3)).toEqual(added);
    await goingOn.leave();
  });

  test('gets there however much was missed, although the gateway lets only so much wait', async () => {
    const after = await cursorNow();
    const added = new Set<string>();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (added.size < 2_500) added.add(await add());
      }),
    );
    const goingOn = goOnFrom(after);
    const seen = await goingOn.waitFor(added.size);
    expect(seen).toHaveLength(added.size);
    expect(new Set(seen)).toEqual(added);
    await goingOn.leave();
  }, 120_000);

  test('misses nobody by listing first', async () => {
    const email = await add();
    const after = await cursorNow();
    const again = watchAgain({ after });
    const next = await add();
    await again.waitForEvents(1);
    // The list may have been read a moment before its newest entry had its place in the stream.
    const emails = async () =>
      eventsOf({ events: await again.waitForEvents(1) }).map((e) => e.subscriber?.email);
    while (!(await emails()).includes(next)) await again.waitForEvents(2);
    expect([[next], [email, next]]).toContainEqual(await emails());
    await again.leave();
  });

  test.each([
    ['tampered with', async () => (await cursorNow()).replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
    ['no cursor at all', async () => 'yesterday'],
  ])('is told when the cursor is %s', async (_, cursor) => {
    const again = watchAgain({ after: await cursor() });
    expect(await again.waitForEnd()).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('cursor'),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ]);
    await again.leave();
  });
});
