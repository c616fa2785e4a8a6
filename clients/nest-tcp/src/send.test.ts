import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lastValueFrom, toArray } from 'rxjs';
import { NoAnswerException, RefusedException } from './exceptions.js';
import { ADD_SUBSCRIBER, GET_ALL_SUBSCRIBERS, type Subscriber } from './messages.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { eventually } from './testing/eventually.js';
import { answerWith, echo, FakeService, ignore, sendText } from './testing/fake-service.js';

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

describe('an answer', () => {
  test('comes once, and completes', async () => {
    expect(await lastValueFrom(client.send(PATTERN, { a: 1 }).pipe(toArray()))).toEqual([{ a: 1 }]);
  });

  test('has the type of its pattern', async () => {
    service.behaviour = answerWith(() => ({ response: [] }));
    const list: Subscriber[] = await lastValueFrom(client.send(GET_ALL_SUBSCRIBERS, ''));
    expect(list).toEqual([]);
  });

  test('finds its message among 1,000 at once, on one connection', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => lastValueFrom(client.send(PATTERN, { n }))));
    expect(answers).toEqual(numbers.map((n) => ({ n })));
    expect(service.connections).toBe(1);
  });

  test('may be long, in any script, while as long messages are sent', async () => {
    const long = 'Ж€𝕏\u0001'.repeat(20_000);
    service.behaviour = answerWith(({ data }) => ({ response: [data, long] }));
    // More than the buffers of both sides take: neither reads while it waits for the other.
    const sent = Array.from({ length: 800 }, (_, n) => `${n}`.padEnd(15_000, '€'));
    const answers = await Promise.all(sent.map((data) => lastValueFrom(client.send(PATTERN, data))));
    expect(
      isDeepStrictEqual(
        answers,
        sent.map((data) => [data, long]),
      ),
    ).toBe(true);
  });

  test('may be as long as the longest list', async () => {
    service.behaviour = answerWith(() => ({ response: '\u0001'.repeat(600_000) }));
    expect(await lastValueFrom(client.send(PATTERN, 1))).toHaveLength(600_000);
  });

  test('is asked for once for each subscription, and not before', async () => {
    const message = client.send(PATTERN, 1);
    expect(service.connections).toBe(0);
    await Promise.all([lastValueFrom(message), lastValueFrom(message)]);
    expect(service.packets).toHaveLength(2);
  });

  test('that nothing waits for any longer is dropped', async () => {
    service.behaviour = ignore;
    const waiting = client.send(PATTERN, 1).subscribe();
    await eventually(() => service.packets.length === 1);
    waiting.unsubscribe();
    expect(client['routingMap'].size).toBe(0);
    const [socket] = service.sockets;
    sendText(socket!, JSON.stringify({ id: service.packets[0]!.id, response: 1, isDisposed: true }));
    service.behaviour = echo;
    await expectServed();
  });

  test('that nothing waits for before there is a connection is not asked for', async () => {
    client.send(PATTERN, 'never').subscribe().unsubscribe();
    await expectServed();
    expect(service.packets).toHaveLength(1);
  });
});

describe('a refusal', () => {
  test('has code, message, field and request id', async () => {
    const err = { code: 'INVALID_EMAIL', message: 'Not an address.', field: ['email'], requestId: 'r1' };
    service.behaviour = answerWith(() => ({ err }));
    const failure = await failureOf(client.send(ADD_SUBSCRIBER, { email: 'no' }));
    expect(failure).toBeInstanceOf(RefusedException);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject(err);
  });

  test('that is not one leaves the outcome open', async () => {
    for (const err of ['no', { code: 1 }, { code: 'A' }, [], true]) {
      service.behaviour = answerWith(() => ({ err }));
      expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
    }
  });

  test('is made here for a message that would cost the connection by its length', async () => {
    service.behaviour = ignore;
    const other = failureOf(client.send(PATTERN, 'other'));
    const refused = await failureOf(client.send(PATTERN, 'x'.repeat(16_384)));
    expect(refused).toMatchObject({ name: 'RefusedException', code: 'BAD_USER_INPUT' });
    expect(await failureOf(client.emit(PATTERN, 'x'.repeat(16_384)))).toEqual(refused);
    await eventually(() => service.packets.length > 0);
    service.behaviour = echo;
    await expectServed();
    expect(service.packets.map(({ data }) => data)).toEqual(['other', 'hello']);
    expect(service.connections).toBe(1);
    client.close();
    await other;
  });
});

test('data that JSON cannot hold is a TypeError, and nothing is sent', async () => {
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
    ['no JSON', '5#abcde'],
    ['too much without a length', 'x'.repeat(9_000_000)],
    ['too long an answer', `10000000#${'x'.repeat(9_000_000)}`],
  ])('%s fails what waits at once, and costs the connection only', async (_, text) => {
    service.behaviour = (_packet, socket) => socket.write(text);
    const failures = await Promise.all([1, 2].map((n) => failureOf(client.send(PATTERN, n))));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(NoAnswerException);
      expect(failure.message).toBe(`127.0.0.1:${service.port} did not answer: Connection closed`);
    }
    service.behaviour = echo;
    await expectServed();
  });

  test.each([
    ['null', 'null'],
    ['a number', '5'],
    ['an array', '[]'],
    ['an unknown id', '{"id":"unknown","response":1,"isDisposed":true}'],
    ['__proto__ for an id', '{"id":"__proto__","response":1,"isDisposed":true}'],
  ])('%s is not listened to', async (_, text) => {
    service.behaviour = (packet, socket) => {
      sendText(socket, text);
      echo(packet, socket);
    };
    await expectServed();
  });

  test('an empty answer leaves the outcome open', async () => {
    service.behaviour = answerWith(() => ({}));
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
  });
});
