import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADD_SUBSCRIBER, GET_ALL_SUBSCRIBERS, type SubscribersClient } from '@supergraph/nest-tcp-client';
import { lastValueFrom } from 'rxjs';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { monolithClient } from './harness/nest-tcp.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const AT_ONCE = 1_000;
const PACKET = JSON.stringify({ pattern: ADD_SUBSCRIBER, data: { email: 'a@example.com' }, id: '1' });

let system: TestSystem;
let client: SubscribersClient;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  // All additions of the last test wait in one queue.
  client = await monolithClient(system, 60_000);
  ada = await newPerson(system.gatewayUrl);
});
afterAll(async () => {
  client?.close();
  await system?.stop();
});

/** Sends bytes; returns all that email-subscriptions sends before it closes the connection. */
async function responseTo(sent: string): Promise<string> {
  const socket = connect(system.morePorts.TCP_PORT!, '127.0.0.1');
  // It resets a connection with unread bytes.
  socket.on('error', () => {});
  socket.write(sent);
  return text(socket).catch(() => '');
}

async function expectOthersServed(): Promise<void> {
  const list = client.send(GET_ALL_SUBSCRIBERS, { first: 1 });
  expect(await lastValueFrom(list)).toMatchObject({ subscribers: expect.any(Array) });
  const { data } = await post(system.gatewayUrl, '{ subscribers(first: 1) { nodes { id } } }', {
    token: ada.accessToken,
  });
  expect(data.subscribers.nodes).toEqual(expect.any(Array));
}

const framed = (packet: string) => `${packet.length}#${packet}`;

describe('email-subscriptions serves other clients when a connection sends', () => {
  test.each([
    ['garbage', '\u0000\u0001\ufffd not a message at all \r\n\r\n'],
    ['an HTTP request', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}'],
    ['invalid JSON', framed('{"pattern":')],
    ['JSON that is not a packet', framed('[1,2,3]')],
    ['a packet of 10 MB', framed(JSON.stringify({ pattern: '', data: 'x'.repeat(10_000_000), id: '1' }))],
    ['a packet with 100,000 nested arrays', framed('['.repeat(100_000) + ']'.repeat(100_000))],
  ])('%s, and closes that connection', async (_, sent) => {
    const { pid } = system.processes['email-subscriptions']!;
    expect(await responseTo(sent)).toBe('');
    await expectOthersServed();
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  test('incomplete packets, both while they are open and after they break', async () => {
    const sockets = Array.from({ length: 100 }, (_, n) => {
      const socket = connect(system.morePorts.TCP_PORT!, '127.0.0.1');
      socket.on('error', () => {});
      const whole = framed(PACKET);
      socket.write(whole.slice(0, Math.ceil((whole.length * n) / 100)));
      return socket;
    });
    await expectOthersServed();
    for (const socket of sockets) socket.destroy();
    await expectOthersServed();
  });

  test('an unsigned packet, and rejects it', async () => {
    const socket = connect(system.morePorts.TCP_PORT!, '127.0.0.1');
    socket.write(framed(PACKET));
    for await (const chunk of socket) {
      expect(String(chunk)).toContain('"code":"UNTRUSTED_CALLER"');
      break;
    }
    await expectOthersServed();
  });
});

test(`completes ${AT_ONCE} additions that one connection sends at once`, async () => {
  const emails = Array.from({ length: AT_ONCE }, () => freshEmail());
  const added = Promise.all(
    emails.map((email) => lastValueFrom(client.send<{ email: string }>(ADD_SUBSCRIBER, { email }))),
  );
  await expectOthersServed();
  await eventually(
    async () => (await fetch(system.metricsUrls['email-subscriptions']!)).text(),
    (metrics) => /^tcp_connections 1$/m.test(metrics),
  );
  expect((await added).map(({ email }) => email)).toEqual(emails);
  const list = await lastValueFrom(client.send<{ email: string }[]>(GET_ALL_SUBSCRIBERS, ''));
  expect(list.map(({ email }) => email).toSorted()).toEqual(emails.toSorted());
}, 120_000);
