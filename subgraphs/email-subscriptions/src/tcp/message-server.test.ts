import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { withClient } from '@supergraph/tools/postgres-client';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { setImmediate } from 'node:timers/promises';
import { caller, expired, ROOM, tokenFor } from '../testing/callers.js';
import { closeDatabase } from '../testing/closed-database.js';
import { runService, type RunningService } from '../testing/running-service.js';
import {
  callerToken,
  framed,
  PROGRAM,
  MONOLITH,
  outcome,
  RawSocket,
  REPORTS,
  ROTATING,
  stockClient,
  TCP,
} from '../testing/tcp.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../testing/with-service.js';
import { LONGEST_MESSAGE } from './message-socket.js';

const LIST = { cmd: 'get-all-subscribers' };
const ADD = { cmd: 'add-subscriber' };
/** The JSON of an object with so many keys. */
const keys = (count: number) => Array.from({ length: count }, (_, n) => `"key${n}":1`).join();
const running = withService(TCP);
let client: ClientProxy;
beforeAll(() => {
  client = stockClient(running.service);
});
afterAll(() => client?.close());

const expectOthersServed = async () =>
  expect(await outcome(client, LIST.cmd, { first: 1 })).toMatchObject({ result: { subscribers: [] } });

const unsigned = (header: string, payload: string) =>
  [header, payload, ''].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('a caller', () => {
  const error = { code: 'UNTRUSTED_CALLER', message: expect.any(String) };
  const secretOfAnother = { name: MONOLITH.name, secret: REPORTS.secret };
  test.each([
    ['without a token', null],
    ['with a malformed token', () => 'a.b.c'],
    ['with the gateway’s token', () => tokenFor(ROOM)],
    ['with the token of an unknown caller', () => callerToken(PROGRAM, { ...MONOLITH, name: 'other' })],
    ['with the secret of another caller', () => callerToken(PROGRAM, secretOfAnother)],
    ['with a token for another service', () => callerToken(PROGRAM, MONOLITH, 'users')],
    ['with an expired token', () => expired(callerToken(), MONOLITH.secret)],
    ['with a payload that is not JSON', () => unsigned('{"typ":"JWT"}', 'ann@example.com')],
    ['with the name of an inherited property', () => unsigned('{"typ":"JWT"}', '{"iss":"__proto__"}')],
  ])('%s is rejected before its data is read', async (_, token) => {
    const unknown = stockClient(running.service, token);
    expect(await outcome(unknown, ADD.cmd, 'invalid data')).toEqual({ error });
    expect(await outcome(unknown, LIST.cmd, '')).toEqual({ error });
    unknown.close();
  });

  test('gets no reason, and its data is not logged', async () => {
    const lines = running.service.log.filter((line) => line.includes('UNTRUSTED_CALLER'));
    expect(lines).not.toHaveLength(0);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        level: 40,
        why: expect.any(String),
        requestId: expect.any(String),
      });
      expect(line).not.toContain('ann@example.com');
    }
    expect(running.service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('is accepted with the new secret and with the previous one', async () => {
    for (const secret of [ROTATING.secret, ROTATING.previousSecret]) {
      const by = stockClient(running.service, () => callerToken(PROGRAM, { name: ROTATING.name, secret }));
      expect(await outcome(by, LIST.cmd, { first: 1 })).toMatchObject({ result: { subscribers: [] } });
      by.close();
    }
  });

  test('gets BAD_USER_INPUT for a user id that is not a UUID', async () => {
    for (const id of ['42', 'ann@example.com', "'; --", '']) {
      const by = stockClient(running.service, () => callerToken(caller(id, MONOLITH.scopes)));
      expect(await outcome(by, ADD.cmd, { email: 'not-added@example.com' })).toEqual({
        error: { code: 'BAD_USER_INPUT', message: expect.stringContaining('UUID') },
      });
      by.close();
    }
  });

  test('is rejected over HTTP', async () => {
    const { status } = await running.service.request('{ subscribers { totalCount { value } } }', {
      headers: { 'txn-token': callerToken() },
    });
    expect(status).toBe(401);
  });

  test('gets NOT_FOUND for an unknown pattern', async () => {
    for (const pattern of ['no-such', { cmd: 'no-such' }, { cmd: { cmd: 'add-subscriber' } }, '{"cmd":']) {
      await expect(firstValueFrom(client.send(pattern, ''))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('one connection', () => {
  const inBytes = (packet: object) => {
    const text = JSON.stringify(packet);
    return `${Buffer.byteLength(text)}#${text}`;
  };
  const half = `${LONGEST_MESSAGE}#{"pattern":`;
  test.each([
    ['a length that is not a number', '12x#{}'],
    ['a negative length', '-2#{}'],
    ['a length without end', '1'.repeat(20)],
    ['a million delimiters', '#'.repeat(1_000_000)],
    ['a length of 0', '0#'],
    [
      'a length in bytes, of text that has fewer characters',
      inBytes({ pattern: ADD, data: 'é', id: '1' }) + '2#{}',
    ],
    ['half a surrogate pair', Buffer.from([0x32, 0x23, 0xd8, 0x00])],
    ['null', framed('null')],
    ['an object without a pattern', framed('{"data":1}')],
    ['an id that is not text', framed('{"pattern":"a","id":{}}')],
    ['an incomplete packet of 10 MB', half + 'x'.repeat(10_000_000)],
  ])('is closed after %s, and no other connection', async (_, text) => {
    const socket = await RawSocket.open(running.service);
    socket.write(text);
    await socket.closed;
    expect(socket.received).toBe('');
    await expectOthersServed();
  });

  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  test.each([
    ['a pattern', `{"pattern":${deep(7_500)},"data":"","id":"1"}`, 'NOT_FOUND'],
    [
      'data',
      `{"pattern":{"cmd":"add-subscriber"},"data":${deep(7_500)},"id":"1","txnToken":""}`,
      'UNTRUSTED_CALLER',
    ],
    [
      'a token',
      `{"pattern":{"cmd":"add-subscriber"},"data":"","id":"1","txnToken":${deep(7_500)}}`,
      'UNTRUSTED_CALLER',
    ],
  ])('gets an error for %s nested 7,500 deep', async (_, text, code) => {
    const socket = await RawSocket.open(running.service);
    socket.write(framed(text));
    await waitUntil(async () => socket.received.includes(code));
    socket.close();
    await expectOthersServed();
  });

  test('accepts split characters and zeros before a length', async () => {
    const packet = framed({ pattern: LIST, data: { first: 1 }, id: 'é€😀\ud800', txnToken: callerToken() });
    const socket = await RawSocket.open(running.service);
    for (const byte of Buffer.from(`000${packet}`)) {
      socket.write(Buffer.from([byte]));
      await setImmediate();
    }
    await waitUntil(() => socket.received.includes('"id":"é€😀\\ud800","response"'));
    socket.close();
  });

  test.each<[string, string, string]>([
    ['a pattern', '{"pattern":{"__proto__":{"cmd":"add-subscriber"}},"data":"","id":"1"}', 'NOT_FOUND'],
    [
      'a pattern with the name of an inherited property',
      '{"pattern":"constructor","data":"","id":"1"}',
      'NOT_FOUND',
    ],
    ['a pattern of 1,000 keys', `{"pattern":{${keys(1_000)}},"data":"","id":"1"}`, 'NOT_FOUND'],
    [
      'data',
      `{"pattern":{"cmd":"add-subscriber"},"data":{"email":"a@example.com","__proto__":{"name":"x"}},"id":"1","txnToken":"TOKEN"}`,
      'BAD_USER_INPUT',
    ],
    [
      'data of 1,000 keys',
      `{"pattern":{"cmd":"add-subscriber"},"data":{"email":"a@example.com",${keys(1_000)}},"id":"1","txnToken":"TOKEN"}`,
      'BAD_USER_INPUT',
    ],
  ])('gets an error for unexpected keys in %s', async (_, text, code) => {
    const socket = await RawSocket.open(running.service);
    socket.write(framed(text.replace('TOKEN', callerToken())));
    await waitUntil(() => socket.received.includes('"id":"1"'));
    expect(socket.received).toContain(code);
    expect(socket.received.length).toBeLessThan(500);
    expect(({} as { name?: string; cmd?: string }).name).toBeUndefined();
    socket.close();
    await expectOthersServed();
  });

  test('accepts messages in several pieces, and several messages in one piece', async () => {
    const packets = Array.from({ length: 40 }, (_, n) =>
      framed({ pattern: LIST, data: { first: 1 }, id: `piece ${n} é`, txnToken: callerToken() }),
    ).join('');
    const socket = await RawSocket.open(running.service);
    for (let at = 0; at < packets.length; at += 1_000) socket.write(packets.slice(at, at + 1_000));
    await waitUntil(async () =>
      Array.from({ length: 40 }, (_, n) => n).every((n) => socket.received.includes(`piece ${n} é`)),
    );
    socket.close();
  });
});

async function waitingForLocks(url: string): Promise<number> {
  return withClient(url, async (other) => {
    const { rows } = await other.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rows[0] as { count: number }).count;
  });
}

describe('a service that drains', () => {
  let testDatabase: TestDatabase;
  let service: RunningService;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    service = await runService(testDatabase.url, TCP);
  });
  afterAll(async () => {
    await service?.close();
    await testDatabase?.drop();
  });

  test('finishes messages that have arrived, rejects later ones, and closes the connections', async () => {
    const addresses = Array.from({ length: 5 }, (_, n) => `drained${n}@example.com`);
    const sender = stockClient(service);
    await sender.connect();
    const holder = service.database.createQueryRunner();
    await holder.startTransaction();
    await holder.query('LOCK TABLE subscribers IN SHARE MODE');
    const sent = addresses.map((email) => outcome(sender, ADD.cmd, { email }));
    await waitUntil(async () => (await waitingForLocks(testDatabase.url)) === 5);
    const raw = await RawSocket.open(service);
    raw.write(
      framed({ pattern: ADD, data: { email: 'raw@example.com' }, id: 'before', txnToken: callerToken() }),
    );
    await waitUntil(async () => (await waitingForLocks(testDatabase.url)) === 6);
    const closed = service.close();
    await waitUntil(() =>
      RawSocket.open(service).then(
        (another) => (another.close(), false),
        () => true,
      ),
    );
    raw.write(framed({ pattern: LIST, data: '', id: 'after', txnToken: callerToken() }));
    await waitUntil(async () => raw.received.includes('SUBGRAPH_UNAVAILABLE'));
    expect(raw.received).toContain('"id":"after"');
    await holder.commitTransaction();
    await holder.release();
    for (const result of await Promise.all(sent)) expect(result).toMatchObject({ result: { created: true } });
    await raw.closed;
    expect(raw.received).toContain('"id":"before"');
    await closed;
    expect(await outcome(sender, LIST.cmd, '')).toEqual({ error: expect.anything() });
  });
});

describe('during an outage of the database', () => {
  test('a message gets the same error as over GraphQL, and is logged with its request id and without data', async () => {
    const email = 'during-outage@example.com';
    const error = {
      code: 'SUBGRAPH_UNAVAILABLE',
      message: 'A part of the system is not available right now. Please try again.',
    };
    const seen = running.service.log.length;
    const closed = await closeDatabase(running.service.database);
    const raw = await RawSocket.open(running.service);
    try {
      expect(await outcome(client, ADD.cmd, { email, name: 'Secret Name' })).toEqual({ error });
      raw.write(
        framed({ pattern: ADD, data: { email }, id: '1', txnToken: callerToken(), requestId: 'outage-1' }),
      );
      await waitUntil(() => raw.received.includes(error.code));
    } finally {
      raw.close();
      await closed.open();
    }
    const lines = running.service.log.slice(seen);
    expect(
      lines
        .filter((line) => line.includes('"requestId":"outage-1"'))
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      expect.objectContaining({ msg: 'the database did not respond', level: 40 }),
      expect.objectContaining({ msg: 'message', result: error.code, caller: 'monolith' }),
    ]);
    expect(lines.join()).not.toMatch(/during-outage|Secret Name/);
    await waitUntil(async () => 'result' in (await outcome(client, LIST.cmd, { first: 1 })));
  });
});

describe('a service that listens for TCP messages', () => {
  const ready = async (service: RunningService) => {
    const response = await fetch(`${service.origin}/health/ready`);
    return { code: response.status, ...((await response.json()) as object) };
  };

  test('is ready while it listens', async () => {
    expect(await ready(running.service)).toMatchObject({
      code: 200,
      checks: { database: 'up', tcp: 'up' },
    });
    const testDatabase = await createTestDatabase('email-subscriptions');
    const service = await runService(testDatabase.url, TCP);
    await service.messages.onModuleDestroy();
    expect(await ready(service)).toMatchObject({ code: 503, checks: { database: 'up', tcp: 'down' } });
    await service.close();
    await testDatabase.drop();
  });
});

test('messages are counted by pattern, style and result', async () => {
  await lastValueFrom(client.emit(ADD, { email: 'counted@example.com' }));
  await outcome(client, LIST.cmd, '');
  const metrics = async () => running.service.metrics();
  const line = (pattern: string, style: string, result: string) =>
    `tcp_messages_total{pattern="${pattern}",style="${style}",result="${result}"}`;
  await waitUntil(async () =>
    (await metrics()).includes(line('{\\"cmd\\":\\"add-subscriber\\"}', 'emit', 'OK')),
  );
  const text = await metrics();
  expect(text).toContain(line('{\\"cmd\\":\\"get-all-subscribers\\"}', 'send', 'OK'));
  expect(text).toContain(line('other', 'send', 'NOT_FOUND'));
  expect(text).toMatch(/^tcp_connections [1-9]/m);
});
