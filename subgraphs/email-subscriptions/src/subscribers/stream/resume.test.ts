import { startNewEpoch } from '@kit/event-log';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { EDITOR, READER, tokenFor } from '../../testing/callers.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { closeDatabase } from '../../testing/closed-database.js';
import { cursorOf, runService } from '../../testing/running-service.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../../testing/with-service.js';

const WATCH = `subscription ($after: String, $bookmarks: Boolean, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: $bookmarks, filter: $filter) { cursor occurredAt subscriber { email } }
}`;

interface Event {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly subscriber: { readonly email: string } | null;
}

describe('a watcher that resumes', () => {
  const running = withService();
  let socket: GraphQLSocket;
  let count = 0;
  beforeEach(async () => {
    socket = await running.service.connect();
  });
  afterEach(async () => {
    await socket.close();
    await waitUntil(() => running.service.eventLog.watchers === 0);
  });
  const add = async (name = 'added') => {
    const email = `${name}-${(count += 1)}@example.com`;
    await addSubscriber(running.service, { email });
    return email;
  };
  const subscribe = (variables: object) => socket.subscribe('1', WATCH, tokenFor(READER), variables);
  const nextEvent = async (): Promise<Event> => {
    const { type, payload } = await socket.next();
    expect(type).toBe('next');
    return (payload as { data: { subscriberAdded: Event } }).data.subscriberAdded;
  };
  const nextEmail = async () => (await nextEvent()).subscriber?.email ?? null;
  const nextError = async () => {
    const { payload } = await socket.next();
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    return (payload as { errors: { message: string; extensions: { code: string } }[] }).errors[0]!;
  };
  const streamCursor = async () => {
    const { data } = await running.service.request<{ subscribers: { streamCursor: string } }>(
      '{ subscribers { streamCursor } }',
    );
    return data!.subscribers.streamCursor;
  };

  test('receives all missed additions in order and then new ones, each once', async () => {
    subscribe({});
    await waitUntil(() => running.service.eventLog.watchers === 1);
    await add();
    const { cursor } = await nextEvent();
    socket.send({ id: '1', type: 'complete' });
    await waitUntil(() => running.service.eventLog.watchers === 0);
    const missed = [await add(), await add(), await add()];

    subscribe({ after: cursor });
    expect([await nextEmail(), await nextEmail(), await nextEmail()]).toEqual(missed);
    const live = await add();
    expect(await nextEmail()).toBe(live);
  });

  test('resumes after any event, bookmark or list', async () => {
    const listed = await streamCursor();
    const emails = [await add(), await add()];
    await running.service.settled();
    subscribe({ after: listed, bookmarks: true });
    const [start, first, second, end] = [
      await nextEvent(),
      await nextEvent(),
      await nextEvent(),
      await nextEvent(),
    ];
    socket.send({ id: '1', type: 'complete' });
    expect(end.cursor).toBe(second.cursor);
    for (const [cursor, expected] of [
      [start.cursor, emails],
      [first.cursor, emails.slice(1)],
      [end.cursor, []],
    ] as const) {
      await waitUntil(() => running.service.eventLog.watchers === 0);
      subscribe({ after: cursor });
      for (const email of expected) expect(await nextEmail()).toBe(email);
      const next = await add();
      emails.push(next);
      // The additions of earlier rounds come first.
      let email = await nextEmail();
      while (email !== next) email = await nextEmail();
      socket.send({ id: '1', type: 'complete' });
    }
  });

  test('receives a bookmark at the start and one after the missed events if it requests bookmarks', async () => {
    await running.service.settled();
    const from = await streamCursor();
    subscribe({ after: from, bookmarks: true });
    // Without missed events, both have the same cursor.
    for (const _ of ['the start', 'the end of the missed events']) {
      const bookmark = await nextEvent();
      expect(bookmark).toEqual({ cursor: from, occurredAt: expect.stringMatching(/Z$/), subscriber: null });
    }
    const email = await add();
    expect(await nextEmail()).toBe(email);
    socket.send({ id: '1', type: 'complete' });

    await waitUntil(() => running.service.eventLog.watchers === 0);
    subscribe({ after: from });
    expect(await nextEmail()).toBe(email);
    socket.send({ id: '1', type: 'complete' });
  });

  test('receives only the bookmark at the start without a cursor', async () => {
    await running.service.settled();
    subscribe({ bookmarks: true });
    expect((await nextEvent()).subscriber).toBeNull();
    const email = await add();
    expect(await nextEmail()).toBe(email);
  });

  test('misses no addition between the list and the subscription', async () => {
    const emails: string[] = [];
    const adding = { isActive: true };
    const adder = (async () => {
      while (adding.isActive) emails.push(await add('concurrent'));
    })();
    await waitUntil(() => emails.length > 20);
    const { data } = await running.service.request<{
      subscribers: { streamCursor: string; nodes: { email: string }[] };
    }>('{ subscribers(first: 100, filter: { query: "concurrent" }) { streamCursor nodes { email } } }');
    const { nodes, streamCursor: after } = data!.subscribers;
    const seen = new Set(nodes.map(({ email }) => email));
    subscribe({ after, filter: { query: 'concurrent' } });
    await waitUntil(() => emails.length > 60);
    adding.isActive = false;
    await adder;
    let last: string | null = null;
    while (last !== emails.at(-1)) seen.add((last = (await nextEmail())!));
    expect([...seen].sort()).toEqual(emails.toSorted());
  });

  test('receives several pages of the log, with and without a filter', async () => {
    await running.service.settled();
    const after = await streamCursor();
    await running.service.database.query(
      `WITH added AS (
         INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_at)
         SELECT gen_random_uuid(), n || '@page.example', n || '@page.example', NULL, n || '@PAGE.EXAMPLE', 'ACTIVE', now()
         FROM generate_series(100001, 107000) n RETURNING id, email
       ) INSERT INTO outbox (type, subject_id, occurred_at)
         SELECT 'subscriber.added', id, now() FROM added ORDER BY email`,
    );
    await running.service.settled();
    subscribe({ after });
    const numbers = Array.from({ length: 7_000 }, (_, n) => 100_001 + n);
    const received: unknown[] = [];
    for (const _ of numbers) received.push((await socket.next()).payload);
    expect(received).toMatchObject(
      numbers.map((n) => ({ data: { subscriberAdded: { subscriber: { email: `${n}@page.example` } } } })),
    );
    socket.send({ id: '1', type: 'complete' });
    await waitUntil(() => running.service.eventLog.watchers === 0);

    subscribe({ after, bookmarks: true, filter: { query: '6999@page' } });
    expect([await nextEmail(), await nextEmail(), await nextEmail()]).toEqual([
      null,
      '106999@page.example',
      null,
    ]);
  }, 60_000);

  test.each([
    [
      'a changed cursor',
      async () => (await streamCursor()).replace(/.$/, (end) => (end === 'A' ? 'B' : 'A')),
    ],
    ['text', async () => 'yesterday'],
    ['an empty cursor', async () => ''],
    [
      'a cursor of a list',
      async () => {
        await add();
        const { data } = await running.service.request<{ subscribers: { pageInfo: { endCursor: string } } }>(
          '{ subscribers(first: 1) { pageInfo { endCursor } } }',
        );
        return data!.subscribers.pageInfo.endCursor;
      },
    ],
    [
      'a cursor from the future',
      async () => {
        await running.service.settled();
        const { epoch, seq } = running.service.position();
        return cursorOf({ epoch, seq: seq + 1 });
      },
    ],
  ])('is rejected with %s', async (_, cursor) => {
    subscribe({ after: await cursor() });
    expect(await nextError()).toMatchObject({
      message: expect.stringContaining('cursor'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(running.service.eventLog.watchers).toBe(0);
  });

  test('gets SUBGRAPH_UNAVAILABLE if the database cannot verify the cursor', async () => {
    const { epoch, seq } = running.service.position();
    const database = await closeDatabase(running.service.database);
    for (const position of [
      { epoch, seq: seq + 1 },
      { epoch: 'another', seq },
    ]) {
      subscribe({ after: cursorOf(position) });
      expect(await nextError()).toMatchObject({
        message: expect.stringContaining('same cursor'),
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      });
    }
    await database.open();
  });

  test('gets CURSOR_EXPIRED if events after the cursor were deleted', async () => {
    await add();
    await running.service.settled();
    const tooOld = await streamCursor();
    await add();
    await running.service.settled();
    const oldest = await streamCursor();
    const { seq } = running.service.position();
    await running.service.database.query('DELETE FROM event_log WHERE seq <= $1', [seq]);
    await running.service.database.query('UPDATE event_log_state SET trimmed_seq = $1', [seq]);
    // This process still has the deleted events in memory, a new one does not.
    const { url } = running.service.database.options as { url: string };
    const restarted = await runService(url);
    await socket.close();
    socket = await restarted.connect();

    subscribe({ after: tooOld });
    expect(await nextError()).toMatchObject({
      message: expect.stringContaining('too old'),
      extensions: { code: 'CURSOR_EXPIRED' },
    });
    subscribe({ after: oldest });
    const email = await add();
    expect(await nextEmail()).toBe(email);
    await restarted.close();
  });

  test('gets CURSOR_EXPIRED in a new epoch, also while it watches', async () => {
    const cursor = await streamCursor();
    subscribe({ bookmarks: true });
    await nextEvent();
    await startNewEpoch(running.service.database);
    const { type, payload } = await socket.next();
    expect({ type, payload }).toEqual({
      type: 'error',
      payload: [{ message: expect.stringContaining('too old'), extensions: { code: 'CURSOR_EXPIRED' } }],
    });
    subscribe({ after: cursor });
    expect(await nextError()).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
    subscribe({ after: await streamCursor() });
    const email = await add();
    expect(await nextEmail()).toBe(email);
  });

  test('needs the scope again, whatever its cursor', async () => {
    const after = await streamCursor();
    socket.subscribe('1', WATCH, tokenFor({ ...EDITOR, scopes: new Set(['subscribers:write']) }), { after });
    expect(await nextError()).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });
});
