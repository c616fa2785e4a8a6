import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { caller, EDITOR, READER, tokenFor } from '../../testing/callers.js';
import {
  callerToken,
  IMPORTS,
  PROGRAM,
  MONOLITH,
  outcome,
  REPORTS,
  stockClient,
  TCP,
} from '../../testing/tcp.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../../testing/with-service.js';

const running = withService(TCP);
let client: ClientProxy;
let forEditor: ClientProxy;
beforeAll(() => {
  client = stockClient(running.service);
  forEditor = stockClient(running.service, () => callerToken(EDITOR));
});
afterAll(() => {
  client?.close();
  forEditor?.close();
});

const add = (data: unknown, by = client) => outcome(by, 'add-subscriber', data);
const list = (data: unknown, by = client) => outcome(by, 'get-all-subscribers', data);
const viaGraphQL = async (first = 100) => {
  const { data } = await running.service.request<{ subscribers: { nodes: object[] } }>(
    'query ($first: Int) { subscribers(first: $first) { nodes { id email name status addedAt addedBy { id } } } }',
    { variables: { first } },
  );
  return data!.subscribers.nodes;
};

describe('a message that adds a subscriber', () => {
  test('returns the same subscriber as GraphQL', async () => {
    const { result } = await add({ email: 'Grace@Example.com', name: 'Grace' });
    const { created, ...subscriber } = result as { created: boolean; id: string };
    expect(created).toBe(true);
    expect(subscriber).toMatchObject({ email: 'Grace@Example.com', name: 'Grace', addedBy: null });
    expect(await viaGraphQL()).toContainEqual(subscriber);
    expect(await add({ email: 'grace@example.com' })).toEqual({ result: { ...subscriber, created: false } });
  });

  test('sends an event without addedBy to watchers, and not to those that filter by a user', async () => {
    const watch = `subscription ($filter: SubscriberFilter) {
      subscriberAdded(filter: $filter) { subscriber { email addedBy { id } } }
    }`;
    await running.service.settled();
    const socket = await running.service.connect();
    socket.subscribe('all', watch, tokenFor(EDITOR));
    socket.subscribe('own', watch, tokenFor(EDITOR), { filter: { addedBy: [EDITOR.viewer.userId] } });
    await waitUntil(() => running.service.eventLog.watchers === 2);
    await add({ email: 'by-program@example.com' });
    await add({ email: 'by-user@example.com' }, forEditor);
    const received: Record<string, object[]> = { all: [], own: [] };
    while (received['all']!.length < 2 || received['own']!.length < 1) {
      const { id, payload } = await socket.next();
      const { subscriberAdded } = (payload as { data: { subscriberAdded: { subscriber: object } } }).data;
      received[id!]!.push(subscriberAdded.subscriber);
    }
    await socket.close();
    const byUser = { email: 'by-user@example.com', addedBy: { id: EDITOR.viewer.userId } };
    expect(received).toEqual({
      all: [{ email: 'by-program@example.com', addedBy: null }, byUser],
      own: [byUser],
    });
    const { data } = await running.service.request<{ subscribers: { nodes: { addedBy: object }[] } }>(
      'query ($by: [ID!]) { subscribers(filter: { addedBy: $by }) { nodes { addedBy { id } } } }',
      { variables: { by: [EDITOR.viewer.userId] } },
    );
    for (const { addedBy } of data!.subscribers.nodes) expect(addedBy).toEqual(byUser.addedBy);
  });

  test('sets addedBy to the user of the token', async () => {
    const { result } = await add({ email: 'for-editor@example.com' }, forEditor);
    expect(result).toMatchObject({ addedBy: { id: EDITOR.viewer.userId } });
  });

  test.each([
    [{ email: 'invalid' }, 'INVALID_EMAIL', ['email']],
    [{ email: 'ok@example.com', name: 'x'.repeat(201) }, 'INVALID_INPUT', ['name']],
    [{ email: 'ok@example.com', idempotencyKey: '' }, 'INVALID_INPUT', ['idempotencyKey']],
    [{ email: 'grace@example.com', onExisting: 'FAIL' }, 'ALREADY_EXISTS', ['email']],
    [{ email: 7 }, 'BAD_USER_INPUT', ['email']],
    [{}, 'BAD_USER_INPUT', ['email']],
    [{ email: 'ok@example.com', onExisting: 'PERHAPS' }, 'BAD_USER_INPUT', ['onExisting']],
    [{ email: 'ok@example.com', extra: 1 }, 'BAD_USER_INPUT', undefined],
    ['ok@example.com', 'BAD_USER_INPUT', undefined],
    [['ok@example.com'], 'BAD_USER_INPUT', undefined],
  ])('rejects %j with %s', async (data, code, field) => {
    const { error } = await add(data);
    expect(error).toEqual({ code, message: expect.any(String), ...(field && { field }) });
  });

  test('returns the known fields for an unknown one, and does not log the data', async () => {
    const { error } = await add({ email: 'ok@example.com', 'ann@example.com': 1 });
    expect(error).toEqual({
      code: 'BAD_USER_INPUT',
      message:
        'data: contains an unknown field: use only email, name, onExisting, idempotencyKey, tags, attributes, requireConfirmation, consentText.',
    });
    expect(running.service.log.join()).not.toMatch(/(ann|ok)@example\.com/);
  });

  test('returns the first result to the same caller for an idempotency key', async () => {
    const data = { email: 'keyed@example.com', idempotencyKey: 'key 1' };
    const first = await add(data);
    expect(first).toMatchObject({ result: { created: true } });
    expect(await add(data)).toEqual(first);
    expect(await add({ ...data, name: 'other' })).toMatchObject({
      error: { code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'] },
    });
    expect(await add(data, forEditor)).toMatchObject({ result: { created: false } });
  });

  test('accepts an idempotency key that another program has used', async () => {
    const imports = stockClient(running.service, () => callerToken(PROGRAM, IMPORTS));
    const data = { email: 'of-two-programs@example.com', idempotencyKey: 'key 2' };
    expect(await add(data)).toMatchObject({ result: { created: true } });
    expect(await add({ ...data, name: 'other' }, imports)).toMatchObject({ result: { created: false } });
    imports.close();
  });

  test('shares the idempotency keys of a user with GraphQL', async () => {
    const data = { email: 'shared-key@example.com', idempotencyKey: 'shared' };
    const { result } = await add(data, forEditor);
    const { data: viaHttp } = await running.service.request<{ addSubscriber: object }>(
      'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created subscriber { id } } }',
      { variables: { input: data } },
    );
    expect(viaHttp!.addSubscriber).toEqual({
      created: true,
      subscriber: { id: (result as { id: string }).id },
    });
  });

  test('accepts the id of the user in upper case', async () => {
    const data = { email: 'capitals@example.com', idempotencyKey: 'capitals' };
    const first = await add(data, forEditor);
    const upperCase = caller(EDITOR.viewer.userId.toUpperCase(), MONOLITH.scopes);
    const by = stockClient(running.service, () => callerToken(upperCase));
    expect(await add(data, by)).toEqual(first);
    const result = await add({ email: 'new-capitals@example.com' }, by);
    expect(result).toMatchObject({ result: { addedBy: { id: EDITOR.viewer.userId } } });
    by.close();
  });

  test('is processed when it is emitted, and a failure is logged with a request id', async () => {
    await lastValueFrom(client.emit({ cmd: 'add-subscriber' }, { email: 'emitted@example.com' }));
    await waitUntil(async () => JSON.stringify(await viaGraphQL()).includes('emitted@example.com'));
    await lastValueFrom(client.emit({ cmd: 'add-subscriber' }, { email: 'not an address' }));
    const failure = () =>
      running.service.log.find((line) => line.includes('"emit"') && line.includes('INVALID'));
    await waitUntil(async () => failure() !== undefined);
    expect(JSON.parse(failure()!)).toMatchObject({
      level: 40,
      pattern: '{"cmd":"add-subscriber"}',
      style: 'emit',
      result: 'INVALID_EMAIL',
      caller: 'monolith',
      requestId: expect.any(String),
    });
    expect(failure()).not.toContain('not an address');
  });
});

describe('a message that requests the list', () => {
  test('returns the newest subscribers, as GraphQL does', async () => {
    expect(await list('')).toEqual({ result: await viaGraphQL() });
  });

  test('returns at most the newest 1,000', async () => {
    const {
      service: { database },
    } = running;
    await database.query(
      `INSERT INTO subscribers (id, email, email_normalized, search_text, status, added_at)
       SELECT gen_random_uuid(), a, a, a, 'ACTIVE', now() - interval '1 day' * n
       FROM (SELECT n, 'many' || n || '@example.com' AS a FROM generate_series(1, 1000) n) many`,
    );
    const { result } = await list('');
    expect(result).toHaveLength(1_000);
    expect((result as object[]).slice(0, 100)).toEqual(await viaGraphQL());
  });

  test('returns it in pages', async () => {
    const all = (await list('')).result as object[];
    const seen: object[] = [];
    let after: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const { result } = await list({ first: 7, after });
      const { subscribers, endCursor, hasNextPage } = result as {
        subscribers: object[];
        endCursor: string;
        hasNextPage: boolean;
      };
      expect(hasNextPage).toBe(true);
      seen.push(...subscribers);
      after = endCursor;
    }
    expect(seen).toEqual(all.slice(0, 21));
    expect(await list({})).toMatchObject({ result: { subscribers: all.slice(0, 20) } });
  });

  test.each([
    [{ first: 0 }, undefined],
    [{ first: 101 }, undefined],
    [{ first: 1.5 }, ['first']],
    [{ first: '10' }, ['first']],
    [{ after: 'no cursor' }, undefined],
    [{ last: 3 }, undefined],
    [5, undefined],
    ['all', undefined],
  ])('rejects %j', async (data, field) => {
    expect(await list(data)).toEqual({
      error: { code: 'BAD_USER_INPUT', message: expect.any(String), ...(field && { field }) },
    });
  });
});

describe('a caller', () => {
  const withToken = async <T>(token: () => string, work: (by: ClientProxy) => Promise<T>) => {
    const by = stockClient(running.service, token);
    try {
      return await work(by);
    } finally {
      by.close();
    }
  };

  test('has at most the scopes of its configuration', async () => {
    await withToken(
      () => callerToken(PROGRAM, REPORTS),
      async (reports) => {
        expect(await list('', reports)).toEqual({ result: expect.any(Array) });
        expect(await add({ email: 'by-reports@example.com' }, reports)).toEqual({
          error: { code: 'FORBIDDEN', message: 'This needs the scope subscribers:write.' },
        });
      },
    );
  });

  test('has at most the scopes of the user in its token', async () => {
    await withToken(
      () => callerToken(READER),
      async (reader) => {
        expect(await list('', reader)).toEqual({ result: expect.any(Array) });
        expect(await add({ email: 'by-reader@example.com' }, reader)).toMatchObject({
          error: { code: 'FORBIDDEN' },
        });
      },
    );
    await withToken(
      () => callerToken(caller(READER.viewer.userId, [])),
      async (by) => expect(await list('', by)).toMatchObject({ error: { code: 'FORBIDDEN' } }),
    );
  });

  test('is rejected if its name has another case', async () => {
    await withToken(
      () => callerToken(PROGRAM, { ...MONOLITH, name: 'Monolith' }),
      async (by) => expect(await list('', by)).toMatchObject({ error: { code: 'UNTRUSTED_CALLER' } }),
    );
  });
});
