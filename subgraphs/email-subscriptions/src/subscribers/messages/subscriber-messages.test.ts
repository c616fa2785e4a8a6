import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { caller, EDITOR, READER, tokenFor } from '../../testing/callers.js';
import { callerToken, ITSELF, MONOLITH, outcome, REPORTS, stockClient, TCP } from '../../testing/tcp.js';
import { waitUntil } from '../../testing/wait-until.js';
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
  const { data } = await running.service.ask<{ subscribers: { nodes: object[] } }>(
    'query ($first: Int) { subscribers(first: $first) { nodes { id email name status addedAt addedBy { id } } } }',
    { variables: { first } },
  );
  return data!.subscribers.nodes;
};

describe('a message that adds a subscriber', () => {
  test('returns the subscriber, as GraphQL does', async () => {
    const { answer } = await add({ email: 'Grace@Example.com', name: 'Grace' });
    const { created, ...subscriber } = answer as { created: boolean; id: string };
    expect(created).toBe(true);
    expect(subscriber).toMatchObject({ email: 'Grace@Example.com', name: 'Grace', addedBy: null });
    expect(await viaGraphQL()).toContainEqual(subscriber);
    expect(await add({ email: 'grace@example.com' })).toEqual({ answer: { ...subscriber, created: false } });
  });

  test('reaches watchers, except those of one user, and adds to the list of no user', async () => {
    const watch = `subscription ($filter: SubscriberFilter) {
      subscriberAdded(filter: $filter) { subscriber { email addedBy { id } } }
    }`;
    await running.service.settled();
    const socket = await running.service.connect();
    socket.subscribe('all', watch, tokenFor(EDITOR));
    socket.subscribe('own', watch, tokenFor(EDITOR), { filter: { addedBy: [EDITOR.viewer.userId] } });
    await waitUntil(() => running.service.tail.watchers === 2);
    await add({ email: 'by-program@example.com' });
    await add({ email: 'by-user@example.com' }, forEditor);
    const told: Record<string, object[]> = { all: [], own: [] };
    while (told['all']!.length < 2 || told['own']!.length < 1) {
      const { id, payload } = await socket.next();
      const { subscriberAdded } = (payload as { data: { subscriberAdded: { subscriber: object } } }).data;
      told[id!]!.push(subscriberAdded.subscriber);
    }
    await socket.close();
    const byUser = { email: 'by-user@example.com', addedBy: { id: EDITOR.viewer.userId } };
    expect(told).toEqual({
      all: [{ email: 'by-program@example.com', addedBy: null }, byUser],
      own: [byUser],
    });
    const { data } = await running.service.ask<{ subscribers: { nodes: { addedBy: object }[] } }>(
      'query ($by: [ID!]) { subscribers(filter: { addedBy: $by }) { nodes { addedBy { id } } } }',
      { variables: { by: [EDITOR.viewer.userId] } },
    );
    for (const { addedBy } of data!.subscribers.nodes) expect(addedBy).toEqual(byUser.addedBy);
  });

  test('names the user for whom the caller acts', async () => {
    const { answer } = await add({ email: 'for-editor@example.com' }, forEditor);
    expect(answer).toMatchObject({ addedBy: { id: EDITOR.viewer.userId } });
  });

  test.each([
    [{ email: 'nobody' }, 'INVALID_EMAIL', ['email']],
    [{ email: 'ok@example.com', name: 'x'.repeat(201) }, 'INVALID_INPUT', ['name']],
    [{ email: 'ok@example.com', idempotencyKey: '' }, 'INVALID_INPUT', ['idempotencyKey']],
    [{ email: 'grace@example.com', onExisting: 'FAIL' }, 'ALREADY_EXISTS', ['email']],
    [{ email: 7 }, 'BAD_USER_INPUT', ['email']],
    [{}, 'BAD_USER_INPUT', ['email']],
    [{ email: 'ok@example.com', onExisting: 'PERHAPS' }, 'BAD_USER_INPUT', ['onExisting']],
    [{ email: 'ok@example.com', extra: 1 }, 'BAD_USER_INPUT', undefined],
    ['ok@example.com', 'BAD_USER_INPUT', undefined],
    [['ok@example.com'], 'BAD_USER_INPUT', undefined],
  ])('%j is refused as %s', async (data, code, field) => {
    const { refusal } = await add(data);
    expect(refusal).toEqual({ code, message: expect.any(String), ...(field && { field }) });
  });

  test('with an unknown field gets the names of the known ones, and the log does not have the field', async () => {
    const { refusal } = await add({ email: 'ok@example.com', 'ann@example.com': 1 });
    expect(refusal).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'data: contains an unknown field: use only email, name, onExisting, idempotencyKey.',
    });
    expect(running.service.log.join()).not.toMatch(/(ann|ok)@example\.com/);
  });

  test('with an idempotency key returns the first result to the same caller', async () => {
    const data = { email: 'keyed@example.com', idempotencyKey: 'key 1' };
    const first = await add(data);
    expect(first).toMatchObject({ answer: { created: true } });
    expect(await add(data)).toEqual(first);
    expect(await add({ ...data, name: 'other' })).toMatchObject({
      refusal: { code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'] },
    });
    expect(await add(data, forEditor)).toMatchObject({ answer: { created: false } });
  });

  test('shares the idempotency keys of a user with GraphQL', async () => {
    const data = { email: 'shared-key@example.com', idempotencyKey: 'shared' };
    const { answer } = await add(data, forEditor);
    const { data: viaHttp } = await running.service.ask<{ addSubscriber: object }>(
      'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created subscriber { id } } }',
      { variables: { input: data } },
    );
    expect(viaHttp!.addSubscriber).toEqual({
      created: true,
      subscriber: { id: (answer as { id: string }).id },
    });
  });

  test('is of the same user when the caller writes their id in capitals', async () => {
    const data = { email: 'capitals@example.com', idempotencyKey: 'capitals' };
    const first = await add(data, forEditor);
    const loud = caller(EDITOR.viewer.userId.toUpperCase(), MONOLITH.scopes);
    const by = stockClient(running.service, () => callerToken(loud));
    expect(await add(data, by)).toEqual(first);
    const answer = await add({ email: 'new-capitals@example.com' }, by);
    expect(answer).toMatchObject({ answer: { addedBy: { id: EDITOR.viewer.userId } } });
    by.close();
  });

  test('by emit is carried out, and its failure is in the log with a request id', async () => {
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

describe('a message that asks for the list', () => {
  test('returns the newest, as GraphQL does', async () => {
    expect(await list('')).toEqual({ answer: await viaGraphQL() });
  });

  test('gets at most the newest 1,000', async () => {
    const {
      service: { database },
    } = running;
    await database.query(
      `INSERT INTO subscribers (id, email, email_normalized, search_text, status, added_at)
       SELECT gen_random_uuid(), a, a, a, 'ACTIVE', now() - interval '1 day' * n
       FROM (SELECT n, 'many' || n || '@example.com' AS a FROM generate_series(1, 1000) n) many`,
    );
    const { answer } = await list('');
    expect(answer).toHaveLength(1_000);
    expect((answer as object[]).slice(0, 100)).toEqual(await viaGraphQL());
  });

  test('goes through it page by page', async () => {
    const all = (await list('')).answer as object[];
    const seen: object[] = [];
    let after: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const { answer } = await list({ first: 7, after });
      const { subscribers, endCursor, hasNextPage } = answer as {
        subscribers: object[];
        endCursor: string;
        hasNextPage: boolean;
      };
      expect(hasNextPage).toBe(true);
      seen.push(...subscribers);
      after = endCursor;
    }
    expect(seen).toEqual(all.slice(0, 21));
    expect(await list({})).toMatchObject({ answer: { subscribers: all.slice(0, 20) } });
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
  ])('%j is refused', async (data, field) => {
    expect(await list(data)).toEqual({
      refusal: { code: 'BAD_USER_INPUT', message: expect.any(String), ...(field && { field }) },
    });
  });
});

describe('what a caller may do', () => {
  const withToken = async <T>(token: () => string, work: (by: ClientProxy) => Promise<T>) => {
    const by = stockClient(running.service, token);
    try {
      return await work(by);
    } finally {
      by.close();
    }
  };

  test('is at most what the operator allows', async () => {
    await withToken(
      () => callerToken(ITSELF, REPORTS),
      async (reports) => {
        expect(await list('', reports)).toEqual({ answer: expect.any(Array) });
        expect(await add({ email: 'by-reports@example.com' }, reports)).toEqual({
          refusal: { code: 'FORBIDDEN', message: 'This needs the scope subscribers:write.' },
        });
      },
    );
  });

  test('is at most what the user may do for whom it acts', async () => {
    await withToken(
      () => callerToken(READER),
      async (reader) => {
        expect(await list('', reader)).toEqual({ answer: expect.any(Array) });
        expect(await add({ email: 'by-reader@example.com' }, reader)).toMatchObject({
          refusal: { code: 'FORBIDDEN' },
        });
      },
    );
    await withToken(
      () => callerToken(caller(READER.viewer.userId, [])),
      async (nobody) => expect(await list('', nobody)).toMatchObject({ refusal: { code: 'FORBIDDEN' } }),
    );
  });

  test('does not change by the case of a name', async () => {
    await withToken(
      () => callerToken(ITSELF, { ...MONOLITH, name: 'Monolith' }),
      async (by) => expect(await list('', by)).toMatchObject({ refusal: { code: 'UNTRUSTED_CALLER' } }),
    );
  });
});
