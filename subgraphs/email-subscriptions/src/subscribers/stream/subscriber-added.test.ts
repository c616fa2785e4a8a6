import { ANONYMOUS } from '@kit/auth';
import type { WatchedEvent } from '@kit/event-log';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execute, parse } from 'graphql';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, READER, ROOM, tokenFor } from '../../testing/callers.js';
import { row } from '../../testing/rows.js';
import type { GraphQLSocket } from '../../testing/graphql-socket.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../../testing/with-service.js';
import type { SubscriberEntity } from '../subscriber.entity.js';

const WATCH = `subscription ($filter: SubscriberFilter) {
  subscriberAdded(filter: $filter) {
    cursor
    occurredAt
    subscriber { id email name status addedAt addedBy { id } }
  }
}`;

describe('subscriberAdded', () => {
  const running = withService();
  let socket: GraphQLSocket;
  beforeEach(async () => {
    socket = await running.service.connect();
  });
  afterEach(async () => {
    await socket.close();
    await waitUntil(() => running.service.eventLog.watchers === 0);
  });
  const add = (input: object) => addSubscriber(running.service, input);
  const watch = async (
    id: string,
    filter: object | null = null,
    as: Parameters<typeof tokenFor>[0] = READER,
  ) => {
    const watchers = running.service.eventLog.watchers;
    socket.subscribe(id, WATCH, tokenFor(as), { filter });
    await waitUntil(() => running.service.eventLog.watchers === watchers + 1);
  };
  const nextEmail = async () => {
    const { payload } = await socket.next();
    return (payload as { data: { subscriberAdded: { subscriber: { email: string } } } }).data.subscriberAdded
      .subscriber.email;
  };

  test('sends each addition once, as it was committed, with its cursor', async () => {
    await add({ email: 'before@example.com' });
    await running.service.settled();
    await watch('1');
    const { subscriber } = await add({ email: 'First@Example.com', name: 'First' });
    const event = await socket.next();
    const { data } = await running.service.request<{ subscribers: { streamCursor: string } }>(
      '{ subscribers { streamCursor } }',
    );
    expect(event).toEqual({
      id: '1',
      type: 'next',
      payload: {
        data: {
          subscriberAdded: {
            cursor: data!.subscribers.streamCursor,
            occurredAt: subscriber!.addedAt,
            subscriber,
          },
        },
      },
    });
    const { data: stored } = await running.service.request(
      'query ($id: ID!) { subscriber(id: $id) { id email name status addedAt addedBy { id } } }',
      { variables: { id: subscriber!.id } },
    );
    expect(stored).toEqual({ subscriber });

    await add({ email: 'second@example.com' });
    expect(await nextEmail()).toBe('second@example.com');
  });

  test('sends no event for a request that adds no subscriber', async () => {
    await add({ email: 'there@example.com', idempotencyKey: 'there' });
    await running.service.settled();
    await watch('1');
    await add({ email: 'THERE@example.com' });
    await add({ email: 'there@example.com', idempotencyKey: 'there' });
    await add({ email: 'other@example.com', idempotencyKey: 'there' });
    await add({ email: 'there@example.com', onExisting: 'FAIL' });
    await add({ email: 'invalid' });
    await add({ email: 'new@example.com' });
    expect(await nextEmail()).toBe('new@example.com');
  });

  test('sends each watcher the additions that match its filter', async () => {
    const added = { addedBy: [EDITOR.viewer.userId], status: ['ACTIVE'], query: '100%' };
    await watch('editor', added);
    await watch('none', { status: [] });
    await watch('other', { addedBy: [READER.viewer.userId] });
    await add({ email: 'not@example.com', name: '100 %' });
    await add({ email: 'filtered@example.com', name: 'She is 100% Sure' });
    expect(await socket.next()).toMatchObject({
      id: 'editor',
      payload: { data: { subscriberAdded: { subscriber: { email: 'filtered@example.com' } } } },
    });
    socket.send({ id: 'editor', type: 'complete' });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });

  test('sends events to a shared room, which has scopes and no user', async () => {
    await watch('1', null, ROOM);
    await add({ email: 'room@example.com' });
    expect(await nextEmail()).toBe('room@example.com');
  });

  test.each([
    ['an anonymous client', ANONYMOUS, 'UNAUTHENTICATED'],
    ['a user without the scope', caller(EDITOR.viewer.userId, ['subscribers:write']), 'FORBIDDEN'],
  ])('rejects %s', async (_, as, code) => {
    socket.subscribe('1', WATCH, tokenFor(as));
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'next',
      payload: { errors: [{ extensions: { code } }] },
    });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    expect(running.service.eventLog.watchers).toBe(0);
  });

  test.each([
    ['an anonymous client', ANONYMOUS, 'UNAUTHENTICATED'],
    ['a user without the scope', caller(EDITOR.viewer.userId, ['subscribers:write']), 'FORBIDDEN'],
  ])('sends no event to %s, even if the start of the operation is not checked', async (_, auth, code) => {
    const event: WatchedEvent<SubscriberEntity> = {
      cursor: 'c',
      occurredAt: new Date(),
      kind: 'subscriber.added',
      detail: null,
      subject: row({ email: 'secret@example.com' }),
    };
    const result = await execute({
      schema: running.service.schema,
      document: parse('subscription { subscriberAdded { cursor subscriber { email } } }'),
      rootValue: event,
      contextValue: { auth, requestId: 'one operation' },
    });
    expect(result).toMatchObject({ data: null, errors: [{ extensions: { code } }] });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  test('rejects an invalid filter', async () => {
    socket.subscribe('1', WATCH, tokenFor(READER), { filter: { query: 'a\0b' } });
    expect(await socket.next()).toMatchObject({
      payload: {
        errors: [
          { message: expect.stringContaining('filter.query'), extensions: { code: 'BAD_USER_INPUT' } },
        ],
      },
    });
    expect(running.service.eventLog.watchers).toBe(0);
  });

  test('removes watchers that complete without an event', async () => {
    for (const id of ['1', '2', '3']) await watch(id);
    for (const id of ['1', '2', '3']) socket.send({ id, type: 'complete' });
    await waitUntil(() => running.service.eventLog.watchers === 0);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    expect(running.service.log.join('')).toContain('"watchers":0,"msg":"a watcher left"');
  });

  test('removes the watcher when its socket breaks', async () => {
    const breaking = await running.service.connect();
    breaking.subscribe('1', WATCH, tokenFor(READER));
    await waitUntil(() => running.service.eventLog.watchers === 1);
    breaking.webSocket.terminate();
    await waitUntil(() => running.service.eventLog.watchers === 0);
  });
});
