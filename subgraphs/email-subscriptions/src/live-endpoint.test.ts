import { ANONYMOUS } from '@kit/auth';
import { LARGEST_LIVE_MESSAGE } from '@kit/service';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { addSubscriber } from './testing/additions.js';
import { caller, EDITOR, expiredTokenFor, READER, tokenFor } from './testing/callers.js';
import { GraphQLSocket } from './testing/graphql-socket.js';
import { runService } from './testing/running-service.js';
import { statementsOf } from './testing/statements.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from './testing/with-service.js';

const WATCH = 'subscription { subscriberAdded { subscriber { email } } }';
const ADD =
  'mutation ($email: String!) { addSubscriber(input: { email: $email }) { subscriber { addedBy { id } } } }';

describe('the WebSocket', () => {
  const running = withService();
  const open = () => GraphQLSocket.open(`${running.service.origin.replace('http', 'ws')}/graphql`);
  let silent: GraphQLSocket;
  beforeAll(async () => {
    // graphql-ws closes it after three seconds, while the other tests run.
    silent = await open();
  });

  test('executes each operation for the user of its own token', async () => {
    const socket = await running.service.connect();
    const other = caller('0199d0a0-0000-7000-8000-00000000000f', [...EDITOR.scopes]);
    for (const [id, as] of [EDITOR, other].entries()) {
      socket.subscribe(`${id}`, ADD, tokenFor(as), { email: `of-${id}@example.com` });
      expect(await socket.next()).toEqual({
        id: `${id}`,
        type: 'next',
        payload: { data: { addSubscriber: { subscriber: { addedBy: { id: as.viewer.userId } } } } },
      });
      expect(await socket.next()).toEqual({ id: `${id}`, type: 'complete' });
    }
    for (const [as, code] of [
      [READER, 'FORBIDDEN'],
      [ANONYMOUS, 'UNAUTHENTICATED'],
    ] as const) {
      socket.subscribe('3', ADD, tokenFor(as), { email: 'not-added@example.com' });
      expect(await socket.next()).toMatchObject({
        type: 'next',
        payload: {
          data: { addSubscriber: null },
          errors: [{ path: ['addSubscriber'], extensions: { code } }],
        },
      });
      expect(await socket.next()).toEqual({ id: '3', type: 'complete' });
    }
    await socket.close();
  });

  test('closes after an operation without a token, and does not execute it', async () => {
    const socket = await running.service.connect();
    const statements = await statementsOf(running.service, async () => {
      socket.subscribe('1', ADD, undefined, { email: 'not-added@example.com' });
      expect(await socket.closed).toEqual({ code: 4401, reason: 'UNTRUSTED_CALLER' });
    });
    expect(statements).toEqual([]);
  });

  test.each([
    ['expired', expiredTokenFor(EDITOR)],
    ['for another subgraph', tokenFor(EDITOR, 'users')],
    [
      'signed with another secret',
      tokenFor(EDITOR, 'email-subscriptions', 'another secret than that of this subgraph'),
    ],
    ['empty', ''],
    ['not a JWT', 'token'],
  ])('rejects an operation with a token that is %s, and stays open', async (_, token) => {
    const socket = await running.service.connect();
    const statements = await statementsOf(running.service, async () => {
      socket.subscribe('1', ADD, token, { email: 'not-added@example.com' });
      expect(await socket.next()).toEqual({
        id: '1',
        type: 'error',
        payload: [{ message: expect.any(String), extensions: { code: 'UNTRUSTED_CALLER' } }],
      });
    });
    expect(statements).toEqual([]);
    await expectToWork(socket);
  });

  test.each([
    ['a syntax error', '{', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an empty document', '', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two root fields',
      'subscription { a: subscriberAdded { cursor } b: subscriberAdded { cursor } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a root field that depends on a variable',
      'subscription ($x: Boolean!) { subscriberAdded @include(if: $x) { cursor } }',
      { x: true },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['two operations', 'query A { __typename } query B { __typename }', {}, 'OPERATION_RESOLUTION_FAILURE'],
    ['a fragment alone', 'fragment F on Query { __typename }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', 'query ($id: ID!) { subscriber(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
    [
      'a bad variable',
      'query ($n: Int) { subscribers(first: $n) { streamCursor } }',
      { n: 'x' },
      'BAD_USER_INPUT',
    ],
    [
      'a bad filter',
      'subscription ($f: SubscriberFilter) { subscriberAdded(filter: $f) { cursor } }',
      { f: { x: 1 } },
      'BAD_USER_INPUT',
    ],
  ])('returns an error for %s, and stays open', async (_, query, variables, code) => {
    const socket = await running.service.connect();
    socket.subscribe('1', query, tokenFor(EDITOR), variables);
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code } }],
    });
    await expectToWork(socket);
  });

  test.each([
    ['a subscription without fields', 'subscription { subscriberAdded @skip(if: true) { cursor } }'],
    ['deep nesting', `{ subscribers ${'{ nodes '.repeat(30_000)}`],
  ])('returns a masked error for %s', async (_, query) => {
    const socket = await running.service.connect();
    socket.subscribe('1', query, tokenFor(EDITOR));
    const { id, payload } = await socket.next();
    expect(id).toBe('1');
    expect(JSON.stringify(payload)).toMatch(/"code":"(GRAPHQL_|INTERNAL_SERVER_ERROR)/);
    expect(JSON.stringify(payload)).not.toMatch(/stack|node_modules|undefined/i);
    await waitUntil(() => running.service.eventLog.watchers === 0);
    await socket.close();
  });

  test('ends an operation with an event that is too large, and continues the others', async () => {
    const many = caller('0199d0a0-0000-7000-8000-00000000000c', [...EDITOR.scopes]);
    const name = '𝕏'.repeat(200);
    const add = (n: number) =>
      addSubscriber(running.service, { email: `large-${n}@example.com`, name }, many);
    for (let n = 0; n < 99; n += 1) await add(n);
    await running.service.settled();

    const socket = await running.service.connect();
    const names = Array.from({ length: 60 }, (_, n) => `a${n}: name`).join(' ');
    const large = `subscription { subscriberAdded { subscriber { addedBy { addedSubscribers(first: 100) { nodes { ${names} } } } } } }`;
    socket.subscribe('large', large, tokenFor(EDITOR));
    socket.subscribe('small', WATCH, tokenFor(EDITOR));
    await waitUntil(() => running.service.eventLog.watchers === 2);
    await add(99);
    const messages = [await socket.next(), await socket.next()];
    expect(messages).toContainEqual({
      id: 'large',
      type: 'error',
      payload: [expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })],
    });
    expect(messages).toContainEqual(addedEvent('large-99@example.com'));
    await waitUntil(() => running.service.eventLog.watchers === 1);
    await add(100);
    expect(await socket.next()).toEqual(addedEvent('large-100@example.com'));
    await socket.close();
  });

  test('limits the number of errors for invalid variables', async () => {
    const socket = await running.service.connect();
    const query = 'subscription ($f: SubscriberFilter) { subscriberAdded(filter: $f) { cursor } }';
    const status = Array.from({ length: 50_000 }, () => 'x');
    socket.subscribe('1', query, tokenFor(EDITOR), { f: { status } });
    const message = await socket.next();
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(LARGEST_LIVE_MESSAGE);
    expect(message).toMatchObject({ id: '1', type: 'error' });
    expect((message.payload as object[])[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    await expectToWork(socket);
  });

  test('closes after a message of more than 256 KiB', async () => {
    const socket = await running.service.connect();
    socket.subscribe('1', `{ __typename } # ${'x'.repeat(256 * 1024)}`, tokenFor(EDITOR));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  test('closes without a connection_init', async () => {
    expect(await silent.closed).toMatchObject({ code: 4408 });
  });

  test('closes after an operation before connection_init', async () => {
    const socket = await open();
    socket.subscribe('1', '{ __typename }', tokenFor(EDITOR));
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });
});

function addedEvent(email: string) {
  return { id: 'small', type: 'next', payload: { data: { subscriberAdded: { subscriber: { email } } } } };
}

async function expectToWork(socket: GraphQLSocket): Promise<void> {
  socket.subscribe('after', '{ __typename }', tokenFor(EDITOR));
  expect(await socket.next()).toEqual({
    id: 'after',
    type: 'next',
    payload: { data: { __typename: 'Query' } },
  });
  expect(await socket.next()).toEqual({ id: 'after', type: 'complete' });
  await socket.close();
}

test('a service that stops closes its sockets with 1012', async () => {
  const testDatabase = await createTestDatabase('email-subscriptions');
  const service = await runService(testDatabase.url);
  const [watching, idle] = [await service.connect(), await service.connect()];
  watching.subscribe('1', WATCH, tokenFor(READER));
  await waitUntil(() => service.eventLog.watchers === 1);
  const stopped = service.close();
  expect(await watching.closed).toEqual({ code: 1012, reason: 'The service restarts' });
  expect(await idle.closed).toMatchObject({ code: 1012 });
  await stopped;
  expect(service.eventLog.watchers).toBe(0);
  await testDatabase.drop();
});
