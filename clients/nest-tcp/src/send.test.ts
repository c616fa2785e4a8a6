import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lastValueFrom, toArray } from 'rxjs';
import { NoAnswerException, RefusedException } from './exceptions.js';
import { ADD_SUBSCRIBER, GET_ALL_SUBSCRIBERS, type Subscriber } from './messages.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { respondWith, echo, FakeService, ignore, sendText } from './testing/fake-service.js';

const PATTERN = { cmd: 'anything' };

let service: FakeService;
let client: SubscribersClient;
beforeEach(async () => {
  service = await FakeService.start();
  client = newClient(service.port, { timeoutMs: 20_000 });
});
afterEach(async () => {
  client.close();
  await service.stop();
});

const expectServed = async () => expect(await lastValueFrom(client.send(PATTERN, 'hello'))).toBe('hello');

describe('send', () => {
  test('returns one result and completes', async () => {
    expect(await lastValueFrom(client.send(PATTERN, { a: 1 }).pipe(toArray()))).toEqual([{ a: 1 }]);
  });

  test('returns the type of a known pattern', async () => {
    service.behaviour = respondWith(() => ({ response: [] }));
    const list: Subscriber[] = await lastValueFrom(client.send(GET_ALL_SUBSCRIBERS, ''));
    expect(list).toEqual([]);
  });

  test('matches 1,000 concurrent results to their messages on one connection', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    const results = await Promise.all(numbers.map((n) => lastValueFrom(client.send(PATTERN, { n }))));
    expect(results).toEqual(numbers.map((n) => ({ n })));
    expect(service.connections).toBe(1);
  });

  test('sends long messages while it receives long results', async () => {
    const long = 'Ж€𝕏\u0001'.repeat(4_000);
    service.behaviour = respondWith(({ data }) => ({ response: [data, long] }));
    // More than the buffers of both sides hold, so that both would block if the client stopped reading.
    const sent = Array.from({ length: 500 }, (_, n) => `${n}`.padEnd(15_000, '€'));
    const results = await Promise.all(sent.map((data) => lastValueFrom(client.send(PATTERN, data))));
    expect(
      isDeepStrictEqual(
        results,
        sent.map((data) => [data, long]),
      ),
    ).toBe(true);
  });

  test('accepts a result as long as the longest list', async () => {
    service.behaviour = respondWith(() => ({ response: '\u0001'.repeat(600_000) }));
    expect(await lastValueFrom(client.send(PATTERN, 1))).toHaveLength(600_000);
  });

  test('sends the message once for each subscription, and not before', async () => {
    const message = client.send(PATTERN, 1);
    expect(service.connections).toBe(0);
    await Promise.all([lastValueFrom(message), lastValueFrom(message)]);
    expect(service.packets).toHaveLength(2);
  });

  test('ignores the result after unsubscribing', async () => {
    service.behaviour = ignore;
    const waiting = client.send(PATTERN, 1).subscribe();
    await waitUntil(() => service.packets.length === 1);
    waiting.unsubscribe();
    expect(client['routingMap'].size).toBe(0);
    const [socket] = service.sockets;
    sendText(socket!, JSON.stringify({ id: service.packets[0]!.id, response: 1, isDisposed: true }));
    service.behaviour = echo;
    await expectServed();
  });

  test('does not send the message after unsubscribing', async () => {
    client.send(PATTERN, 'never').subscribe().unsubscribe();
    await expectServed();
    expect(service.packets).toHaveLength(1);
  });
});

describe('a rejected message', () => {
  test('fails with the code, message, field and request id of the service', async () => {
    const err = { code: 'INVALID_EMAIL', message: 'Not an address.', field: ['email'], requestId: 'r1' };
    service.behaviour = respondWith(() => ({ err }));
    const failure = await failureOf(client.send(ADD_SUBSCRIBER, { email: 'no' }));
    expect(failure).toBeInstanceOf(RefusedException);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject(err);
  });

  test('fails with NoAnswerException for a malformed error', async () => {
    for (const err of ['no', { code: 1 }, { code: 'A' }, [], true]) {
      service.behaviour = respondWith(() => ({ err }));
      expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
    }
  });

  test('fails without being sent if it is too long for the service', async () => {
    service.behaviour = ignore;
    const other = failureOf(client.send(PATTERN, 'other'));
    const rejected = await failureOf(client.send(PATTERN, 'x'.repeat(16_384)));
    expect(rejected).toMatchObject({ name: 'RefusedException', code: 'BAD_USER_INPUT' });
    expect(await failureOf(client.emit(PATTERN, 'x'.repeat(16_384)))).toEqual(rejected);
    await waitUntil(() => service.packets.length > 0);
    service.behaviour = echo;
    await expectServed();
    expect(service.packets.map(({ data }) => data)).toEqual(['other', 'hello']);
    expect(service.connections).toBe(1);
    client.close();
    await other;
  });
});

test('data that JSON cannot represent causes a TypeError and is not sent', async () => {
  await expect(lastValueFrom(client.send(PATTERN, 1n))).rejects.toThrow(TypeError);
  await expect(lastValueFrom(client.emit(PATTERN, 1n))).rejects.toThrow(TypeError);
  await expect(lastValueFrom(client.send(PATTERN, undefined))).rejects.toThrow('invalid');
  await expectServed();
  expect(service.packets).toHaveLength(1);
});

describe('a server that sends', () => {
  test.each([
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n\r\n#'],
    ['a negative length', '-5#{}'],
    ['text that is not JSON', '5#abcde'],
    ['too much data without a length', 'x'.repeat(9_000_000)],
    ['a result that is too long', `10000000#${'x'.repeat(9_000_000)}`],
  ])('%s fails all waiting messages at once, and the client reconnects', async (_, text) => {
    service.behaviour = (_packet, socket) => socket.write(text);
    const failures = await Promise.all([1, 2].map((n) => failureOf(client.send(PATTERN, n))));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(NoAnswerException);
      expect(failure.message).toBe(`127.0.0.1:${service.port} did not respond: Connection closed`);
    }
    service.behaviour = echo;
    await expectServed();
  });

  test.each([
    ['null', 'null'],
    ['a number', '5'],
    ['an array', '[]'],
    ['an unknown id', '{"id":"unknown","response":1,"isDisposed":true}'],
    ['the id __proto__', '{"id":"__proto__","response":1,"isDisposed":true}'],
  ])('%s is ignored', async (_, text) => {
    service.behaviour = (packet, socket) => {
      sendText(socket, text);
      echo(packet, socket);
    };
    await expectServed();
  });

  test('an empty response fails with NoAnswerException', async () => {
    service.behaviour = respondWith(() => ({}));
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
  });
});
