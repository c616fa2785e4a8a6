import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, READER, tokenFor } from '../../testing/callers.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { withService } from '../../testing/with-service.js';

const WATCH = `subscription ($after: String, $filter: SubscriberFilter, $kinds: [SubscriberChange!]) {
  subscriberChanged(after: $after, bookmarks: true, filter: $filter, kinds: $kinds) {
    cursor kind subscriberId matches subscriber { id name status }
  }
}`;

interface Event {
  readonly cursor: string;
  readonly kind: string | null;
  readonly subscriberId: string | null;
  readonly matches: boolean | null;
  readonly subscriber: { readonly id: string; readonly name: string | null; readonly status: string } | null;
}

describe('subscriberChanged', () => {
  const running = withService();
  let socket: GraphQLSocket;
  let from: string;
  let operations = 0;
  beforeEach(async () => {
    socket = await running.service.connect();
    await running.service.settled();
    from = await streamCursor();
  });
  afterEach(async () => {
    await socket.close();
    await waitUntil(() => running.service.eventLog.watchers === 0);
  });
  const streamCursor = async () => {
    const { data } = await running.service.request<{ subscribers: { streamCursor: string } }>(
      '{ subscribers { streamCursor } }',
    );
    return data!.subscribers.streamCursor;
  };
  const mutate = async (mutation: string, as = EDITOR) => {
    const { data, errors } = await running.service.request<object>(
      `mutation { ${mutation} { userErrors { code } } }`,
      {
        as,
      },
    );
    expect(errors).toBeUndefined();
    expect(Object.values(data!)).toEqual([{ userErrors: [] }]);
  };
  const next = async (): Promise<Event> => {
    const { type, payload } = await socket.next();
    expect(type).toBe('next');
    return (payload as { data: { subscriberChanged: Event } }).data.subscriberChanged;
  };
  /** Watches after a cursor and returns the missed events. The watch ends. */
  const missed = async (variables: object, count: number) => {
    const id = `missed ${(operations += 1)}`;
    socket.subscribe(id, WATCH, tokenFor(READER), variables);
    expect(await next()).toMatchObject({ kind: null, subscriberId: null, matches: null, subscriber: null });
    const events: Event[] = [];
    while (events.length < count) events.push(await next());
    expect((await next()).kind).toBeNull();
    socket.send({ id, type: 'complete' });
    return events;
  };
  const added = async (email: string) => (await addSubscriber(running.service, { email })).subscriber!.id;
  const ERASER = caller(EDITOR.viewer.userId, ['subscribers:read', 'subscribers:erase']);

  test('sends every transition in order, with the subscriber only while it passes the filter', async () => {
    socket.subscribe('1', WATCH, tokenFor(READER), { filter: { status: ['ACTIVE'] } });
    expect((await next()).kind).toBeNull();
    const id = await added('life@example.com');
    const events = [await next()];
    for (const [mutation, as] of [
      [`updateSubscriber(input: { id: "${id}", name: "New" })`, EDITOR],
      [`unsubscribeSubscriber(input: { id: "${id}" })`, EDITOR],
      ['reportDelivery(input: { email: "life@example.com", report: COMPLAINT })', EDITOR],
      [`eraseSubscriber(input: { id: "${id}" })`, ERASER],
    ] as const) {
      await mutate(mutation, as);
      events.push(await next());
    }
    const gone = { subscriberId: id, matches: false, subscriber: null };
    expect(events).toMatchObject([
      { kind: 'ADDED', subscriberId: id, matches: true, subscriber: { id, name: null, status: 'ACTIVE' } },
      { kind: 'UPDATED', subscriberId: id, matches: true, subscriber: { id, name: 'New', status: 'ACTIVE' } },
      { kind: 'UNSUBSCRIBED', ...gone },
      { kind: 'COMPLAINED', ...gone },
      { kind: 'ERASED', ...gone },
    ]);
  });

  test('resumes after a cursor of a list, of a change and of subscriberAdded', async () => {
    const id = await added('resumed@example.com');
    await mutate(`updateSubscriber(input: { id: "${id}", name: "One" })`);
    await mutate(`unsubscribeSubscriber(input: { id: "${id}" })`);
    await running.service.settled();
    const all = await missed({ after: from }, 3);
    expect(all.map(({ kind }) => kind)).toEqual(['ADDED', 'UPDATED', 'UNSUBSCRIBED']);
    expect(await missed({ after: all[0]!.cursor }, 2)).toEqual(all.slice(1));
    socket.subscribe(
      '2',
      `subscription ($after: String) { subscriberAdded(after: $after) { cursor } }`,
      tokenFor(READER),
      {
        after: from,
      },
    );
    const { payload } = await socket.next();
    const { cursor } = (payload as { data: { subscriberAdded: Event } }).data.subscriberAdded;
    expect(cursor).toBe(all[0]!.cursor);
    expect(await missed({ after: cursor }, 2)).toEqual(all.slice(1));
  });

  test.each([
    [
      ['UNSUBSCRIBED', 'ADDED'],
      ['ADDED', 'UNSUBSCRIBED'],
    ],
    [['UPDATED'], ['UPDATED']],
    [['ERASED'], []],
    [[], []],
  ])('sends only changes of the kinds %j, missed and live ones', async (kinds, expected) => {
    const life = async () => {
      const id = await added(`kinds-${Math.random()}@example.com`);
      await mutate(`updateSubscriber(input: { id: "${id}", name: "One" })`);
      await mutate(`unsubscribeSubscriber(input: { id: "${id}" })`);
      return id;
    };
    await life();
    await running.service.settled();
    const events = await missed({ after: from, kinds }, expected.length);
    expect(events.map(({ kind }) => kind)).toEqual(expected);
    await waitUntil(() => running.service.eventLog.watchers === 0);
    socket.subscribe('1', WATCH, tokenFor(READER), { kinds: [...kinds, 'BOUNCED'] });
    await next();
    const id = await life();
    for (const kind of expected) expect(await next()).toMatchObject({ kind, subscriberId: id });
  });

  test('rejects an invalid filter and a caller without the scope at the start', async () => {
    for (const [as, filter, code] of [
      [READER, { tags: [''] }, 'BAD_USER_INPUT'],
      [caller(READER.viewer.userId, ['subscribers:write']), null, 'FORBIDDEN'],
    ] as const) {
      socket.subscribe('1', WATCH, tokenFor(as), { filter });
      const { payload } = await socket.next();
      expect((payload as { errors: unknown[] }).errors).toMatchObject([{ extensions: { code } }]);
      expect((await socket.next()).type).toBe('complete');
    }
  });
});
