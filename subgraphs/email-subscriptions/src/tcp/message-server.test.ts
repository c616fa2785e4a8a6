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
  ITSELF,
  MONOLITH,
  outcome,
  RawSocket,
  REPORTS,
  ROTATING,
  stockClient,
  TCP,
} from '../testing/tcp.js';
import { waitUntil } from '../testing/wait-until.js';
import { withService } from '../testing/with-service.js';
import { LONGEST_MESSAGE } from './message-socket.js';

const LIST = { cmd: 'get-all-subscribers' };
const ADD = { cmd: 'add-subscriber' };
/** Of an object in JSON. */
const keys = (count: number) => Array.from({ length: count }, (_, n) => `"key${n}":1`).join();
const running = withService(TCP);
let client: ClientProxy;
beforeAll(() => {
  client = stockClient(running.service);
});
afterAll(() => client?.close());

/** Others are served, whatever one connection does. */
const expectOthersServed = async () =>
  expect(await outcome(client, LIST.cmd, { first: 1 })).toMatchObject({ answer: { subscribers: [] } });

const unsigned = (header: string, payload: string) =>
  [header, payload, ''].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('a caller', () => {
  const refusal = { code: 'UNTRUSTED_CALLER', message: expect.any(String) };
  const secretOfAnother = { name: MONOLITH.name, secret: REPORTS.secret };
  test.each([
    ['without a token', null],
    ['with something else for a token', () => 'a.b.c'],
    ['with the gateway’s token', () => tokenFor(ROOM)],
    ['with the token of an unknown caller', () => callerToken(ITSELF, { ...MONOLITH, name: 'other' })],
    ['with a name that is not its secret’s', () => callerToken(ITSELF, secretOfAnother)],
    ['with a token for another service', () => callerToken(ITSELF, MONOLITH, 'users')],
    ['with a token of an hour ago', () => expired(callerToken(), MONOLITH.secret)],
    ['with a payload that is not JSON', () => unsigned('{"typ":"JWT"}', 'ann@example.com')],
    ['with a name that every object has', () => unsigned('{"typ":"JWT"}', '{"iss":"__proto__"}')],
  ])('%s is rejected before its data is read', async (_, token) => {
    const stranger = stockClient(running.service, token);
    expect(await outcome(stranger, ADD.cmd, 'not even data')).toEqual({ refusal });
    expect(await outcome(stranger, LIST.cmd, '')).toEqual({ refusal });
    stranger.close();
  });

  test('gets no reason, and the log does not have what it sent', async () => {
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
      const by = stockClient(running.service, () => callerToken(ITSELF, { name: ROTATING.name, secret }));
      expect(await outcome(by, LIST.cmd, { first: 1 })).toMatchObject({ answer: { subscribers: [] } });
      by.close();
    }
  });

  test('gets an error for a user id that is not a UUID', async () => {
    for (const id of ['42', 'ann@example.com', "'; --", '']) {
      const by = stockClient(running.service, () => callerToken(caller(id, MONOLITH.scopes)));
      expect(await outcome(by, ADD.cmd, { email: 'for-nobody@example.com' })).toEqual({
        refusal: { code: 'BAD_USER_INPUT', message: expect.stringContaining('UUID') },
      });
      by.close();
    }
  });

  test('is rejected over HTTP', async () => {
    const { status } = await running.service.ask('{ subscribers { totalCount { value } } }', {
      headers: { 'txn-token': callerToken() },
    });
    expect(status).toBe(401);
  });

  test('gets an error for an unknown pattern', async () => {
    for (const pattern of ['no-such', { cmd: 'no-such' }, { cmd: { cmd: 'add-subscriber' } }, '{"cmd":']) {
      await expect(firstValueFrom(client.send(pattern, ''))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('one connection', () => {
  test('serves a thousand messages at once', async () => {
    const before = await outcome(client, LIST.cmd, '');
    const asked = Array.from({ length: 1_000 }, () => outcome(client, LIST.cmd, ''));
    for (const answer of await Promise.all(asked)) expect(answer).toEqual(before);
  });

  const inBytes = (packet: object) => {
    const text = JSON.stringify(packet);
    return `${Buffer.byteLength(text)}#${text}`;
  };
  const half = `${LONGEST_MESSAGE}#{"pattern":`;
  test.each([
    ['garbage', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a length that is none', '12x#{}'],
    ['a negative length', '-2#{}'],
    ['a length without end', '1'.repeat(20)],
    ['a million delimiters', '#'.repeat(1_000_000)],
    ['a length of 0', '0#'],
    [
      'a length in bytes, of text that has fewer characters',
      inBytes({ pattern: ADD, data: 'é', id: '1' }) + '2#{}',
    ],
    ['half a character', Buffer.from([0x32, 0x23, 0xd8, 0x00])],
    ['no JSON', framed('{"pattern":')],
    ['an array', framed('[]')],
    ['null', framed('null')],
    ['a number', framed('5')],
    ['an object that is no packet', framed('{"data":1}')],
    ['an id that is no text', framed('{"pattern":"a","id":{}}')],
    ['a packet of 10 MB', framed({ pattern: ADD, data: 'x'.repeat(10_000_000), id: '1' })],
    ['a packet with 100,000 nested arrays', framed('['.repeat(100_000) + ']'.repeat(100_000))],
    ['a half packet, and 10 MB without end', half + 'x'.repeat(10_000_000)],
  ])('that sends %s is closed, and no other connection', async (_, text) => {
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
  ])('that sends %s nested 7,500 deep gets a response', async (_, text, code) => {
    const socket = await RawSocket.open(running.service);
    socket.write(framed(text));
    await waitUntil(async () => socket.received.includes(code));
    socket.close();
    await expectOthersServed();
  });

  test('may split characters, and write zeros before a length', async () => {
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
    ['a pattern that is every object’s', '{"pattern":"constructor","data":"","id":"1"}', 'NOT_FOUND'],
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
  ])('that sends names that objects have, as %s, gets an error', async (_, text, code) => {
    const socket = await RawSocket.open(running.service);
    socket.write(framed(text.replace('TOKEN', callerToken())));
    await waitUntil(() => socket.received.includes('"id":"1"'));
    expect(socket.received).toContain(code);
    expect(socket.received.length).toBeLessThan(500);
    expect(({} as { name?: string; cmd?: string }).name).toBeUndefined();
    socket.close();
    await expectOthersServed();
  });

  test('may send its messages in pieces, and many in one piece', async () => {
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

  test('is not read from while its client does not read results', async () => {
    const socket = await RawSocket.open(running.service);
    socket.pause();
    const packet = (id: string) => framed({ pattern: LIST, data: '', id, txnToken: callerToken() });
    for (let n = 0; n < 2_000; n += 1) socket.write(packet(`${n}.`));
    await expectOthersServed();
    socket.resume();
    await waitUntil(async () => socket.received.includes('"1999."'));
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

  test('finishes what has arrived, rejects what arrives later, and closes the connections', async () => {
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
    for (const answer of await Promise.all(sent)) expect(answer).toMatchObject({ answer: { created: true } });
    await raw.closed;
    expect(raw.received).toContain('"id":"before"');
    await closed;
    expect(await outcome(sender, LIST.cmd, '')).toEqual({ refusal: expect.anything() });
  });
});

describe('while the database is away', () => {
  test('a message is rejected as over GraphQL, and the log has its request id and not its data', async () => {
    const email = 'while-away@example.com';
    const refusal = {
      code: 'SUBGRAPH_UNAVAILABLE',
      message: 'A part of the system is not available right now. Please try again.',
    };
    const seen = running.service.log.length;
    const closed = await closeDatabase(running.service.database);
    const raw = await RawSocket.open(running.service);
    try {
      expect(await outcome(client, ADD.cmd, { email, name: 'Nobody To Know' })).toEqual({ refusal });
      raw.write(
        framed({ pattern: ADD, data: { email }, id: '1', txnToken: callerToken(), requestId: 'away-1' }),
      );
      await waitUntil(() => raw.received.includes(refusal.code));
    } finally {
      raw.close();
      await closed.open();
    }
    const lines = running.service.log.slice(seen);
    expect(
      lines.filter((line) => line.includes('"requestId":"away-1"')).map((line) => JSON.parse(line) as object),
    ).toEqual([
      expect.objectContaining({ msg: 'the database did not answer', level: 40 }),
      expect.objectContaining({ msg: 'message', result: refusal.code, caller: 'monolith' }),
    ]);
    expect(lines.join()).not.toMatch(/while-away|Nobody To Know/);
    await waitUntil(async () => 'answer' in (await outcome(client, LIST.cmd, { first: 1 })));
  });
});

describe('a service that takes TCP messages', () => {
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

  test('does not listen without TCP_PORT, and is ready', async () => {
    const testDatabase = await createTestDatabase('email-subscriptions');
    const service = await runService(testDatabase.url, { TCP_CALLERS: TCP.TCP_CALLERS });
    expect(service.tcpPort).toBeUndefined();
    expect(await ready(service)).toMatchObject({ code: 200, checks: { database: 'up' } });
    expect(await ready(service)).not.toHaveProperty('checks.tcp');
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
