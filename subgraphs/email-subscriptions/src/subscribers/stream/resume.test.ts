import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startNewEpoch } from '../../event-log/start-new-epoch.js';
import { addSubscriber } from '../../testing/additions.js';
import { EDITOR, READER, tokenFor } from '../../testing/callers.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { CursorCodec } from '@supergraph/service/pagination/cursor-codec';
import { closeDatabase } from '../../testing/closed-database.js';
import { CURSOR_SECRET, runService } from '../../testing/running-service.js';
import { waitUntil } from '../../testing/wait-until.js';
import { withService } from '../../testing/with-service.js';
import { StreamCursors } from './stream-cursor.js';

const WATCH = `subscription ($after: String, $bookmarks: Boolean, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: $bookmarks, filter: $filter) { cursor occurredAt subscriber { email } }
}`;

interface Event {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly subscriber: { readonly email: string } | null;
}

const cursors = new StreamCursors(new CursorCodec(CURSOR_SECRET));

describe('whoever lost the connection', () => {
  const running = withService();
  let socket: GraphQLSocket;
  let count = 0;
  beforeEach(async () => {
    socket = await running.service.connect();
  });
  afterEach(async () => {
    await socket.close();
    await waitUntil(() => running.service.tail.watchers === 0);
  });
  const add = async (name = 'somebody') => {
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
  const refusal = async () => {
    const { payload } = await socket.next();
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    return (payload as { errors: { message: string; extensions: { code: string } }[] }).errors[0]!;
  };
  const streamCursor = async () => {
    const { data } = await running.service.ask<{ subscribers: { streamCursor: string } }>(
      '{ subscribers { streamCursor } }',
    );
    return data!.subscribers.streamCursor;
  };

  test('gets everybody who was added meanwhile, in order, and then who is added, each once', async () => {
    subscribe({});
    await waitUntil(() => running.service.tail.watchers === 1);
    await add();
    const { cursor } = await nextEvent();
    socket.send({ id: '1', type: 'complete' });
    await waitUntil(() => running.service.tail.watchers === 0);
    const missed = [await add(), await add(), await add()];

    subscribe({ after: cursor });
    expect([await nextEmail(), await nextEmail(), await nextEmail()]).toEqual(missed);
    const live = await add();
    expect(await nextEmail()).toBe(live);
  });

  test('goes on from any event, bookmark or list', async () => {
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
      await waitUntil(() => running.service.tail.watchers === 0);
      subscribe({ after: cursor });
      for (const email of expected) expect(await nextEmail()).toBe(email);
      const next = await add();
      emails.push(next);
      // What an earlier round of this loop has added comes first.
      let email = await nextEmail();
      while (email !== next) email = await nextEmail();
      socket.send({ id: '1', type: 'complete' });
    }
  });

  test('is told where the stream starts and when everything missed was sent, if they ask for bookmarks', async () => {
    await running.service.settled();
    const from = await streamCursor();
    subscribe({ after: from, bookmarks: true });
    // Nothing was missed: it starts where it ends.
    for (const _ of ['the start', 'the end of what was missed']) {
      const bookmark = await nextEvent();
      expect(bookmark).toEqual({ cursor: from, occurredAt: expect.stringMatching(/Z$/), subscriber: null });
    }
    const email = await add();
    expect(await nextEmail()).toBe(email);
    socket.send({ id: '1', type: 'complete' });

    await waitUntil(() => running.service.tail.watchers === 0);
    subscribe({ after: from });
    expect(await nextEmail()).toBe(email);
    socket.send({ id: '1', type: 'complete' });
  });

  test('hears of a bookmark at the start alone when they start from now', async () => {
    await running.service.settled();
    subscribe({ bookmarks: true });
    expect((await nextEvent()).subscriber).toBeNull();
    const email = await add();
    expect(await nextEmail()).toBe(email);
  });

  test('misses nobody who was added while they listed, if they subscribe after the list', async () => {
    const emails: string[] = [];
    const adding = { goesOn: true };
    const adder = (async () => {
      while (adding.goesOn) emails.push(await add('concurrent'));
    })();
    await waitUntil(() => emails.length > 20);
    const { data } = await running.service.ask<{
      subscribers: { streamCursor: string; nodes: { email: string }[] };
    }>('{ subscribers(first: 100, filter: { query: "concurrent" }) { streamCursor nodes { email } } }');
    const { nodes, streamCursor: after } = data!.subscribers;
    const seen = new Set(nodes.map(({ email }) => email));
    subscribe({ after, filter: { query: 'concurrent' } });
    await waitUntil(() => emails.length > 60);
    adding.goesOn = false;
    await adder;
    let last: string | null = null;
    while (last !== emails.at(-1)) seen.add((last = (await nextEmail())!));
    expect([...seen].sort()).toEqual(emails.toSorted());
  });

  test('gets a page of the log after the other, with a filter or without', async () => {
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
    for (let n = 100_001; n <= 107_000; n += 1) expect(await nextEmail()).toBe(`${n}@page.example`);
    socket.send({ id: '1', type: 'complete' });
    await waitUntil(() => running.service.tail.watchers === 0);

    subscribe({ after, bookmarks: true, filter: { query: '6999@page' } });
    expect([await nextEmail(), await nextEmail(), await nextEmail()]).toEqual([
      null,
      '106999@page.example',
      null,
    ]);
  }, 60_000);

  test.each([
    [
      'one that was tampered with',
      async () => (await streamCursor()).replace(/.$/, (end) => (end === 'A' ? 'B' : 'A')),
    ],
    ['text', async () => 'yesterday'],
    ['nothing', async () => ''],
    [
      'one of a list',
      async () => {
        await add();
        const { data } = await running.service.ask<{ subscribers: { pageInfo: { endCursor: string } } }>(
          '{ subscribers(first: 1) { pageInfo { endCursor } } }',
        );
        return data!.subscribers.pageInfo.endCursor;
      },
    ],
    [
      'one from the future',
      async () => {
        await running.service.settled();
        const { epoch, seq } = running.service.tail.position;
        return cursors.encode({ epoch, seq: seq + 1 });
      },
    ],
  ])('is refused with a cursor that is none: %s', async (_, cursor) => {
    subscribe({ after: await cursor() });
    expect(await refusal()).toMatchObject({
      message: expect.stringContaining('cursor'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(running.service.tail.watchers).toBe(0);
  });

  test('is not told that a cursor is bad or too old by a process that cannot know', async () => {
    const { epoch, seq } = running.service.tail.position;
    const database = await closeDatabase(running.service.database);
    for (const position of [
      { epoch, seq: seq + 1 },
      { epoch: 'another', seq },
    ]) {
      subscribe({ after: cursors.encode(position) });
      expect(await refusal()).toMatchObject({
        message: expect.stringContaining('same cursor'),
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      });
    }
    await database.open();
  });

  test('is told that their cursor is too old when the log no longer has what comes after it', async () => {
    await add();
    await running.service.settled();
    const tooOld = await streamCursor();
    await add();
    await running.service.settled();
    const oldest = await streamCursor();
    const { seq } = running.service.tail.position;
    await running.service.database.query('DELETE FROM event_log WHERE seq <= $1', [seq]);
    await running.service.database.query('UPDATE event_log_state SET trimmed_seq = $1', [seq]);
    // This process still has in memory what the log has not; one that starts now has nothing.
    const { url } = running.service.database.options as { url: string };
    const restarted = await runService(url);
    await socket.close();
    socket = await restarted.connect();

    subscribe({ after: tooOld });
    expect(await refusal()).toMatchObject({
      message: expect.stringContaining('too old'),
      extensions: { code: 'CURSOR_EXPIRED' },
    });
    subscribe({ after: oldest });
    const email = await add();
    expect(await nextEmail()).toBe(email);
    await restarted.close();
  });

  test('is told so as well when the log began anew, and so is everybody who watches', async () => {
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
    expect(await refusal()).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
    subscribe({ after: await streamCursor() });
    const email = await add();
    expect(await nextEmail()).toBe(email);
  });

  test('needs to be let in anew: a cursor opens nothing by itself', async () => {
    const after = await streamCursor();
    socket.subscribe('1', WATCH, tokenFor({ ...EDITOR, scopes: new Set(['subscribers:write']) }), { after });
    expect(await refusal()).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });
});
