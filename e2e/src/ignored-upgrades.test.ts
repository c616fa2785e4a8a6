import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addSomebody, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => system?.stop());

/** A connection to a service, and what it has said there since it was asked last. */
class Conversation {
  private heard = '';
  readonly closed: Promise<unknown>;

  constructor(
    private readonly address: URL,
    private readonly socket: Socket,
  ) {
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.heard += chunk));
    this.closed = once(socket, 'close');
  }

  static with(url: string): Conversation {
    const address = new URL(url);
    const socket = connect(Number(address.port), address.hostname);
    sockets.push(socket);
    return new Conversation(address, socket);
  }

  /** As Java's client and curl ask whose server may know HTTP/2. */
  post(query: string, accept = '*/*'): void {
    this.heard = '';
    const body = JSON.stringify({ query });
    this.socket.write(
      `POST ${this.address.pathname} HTTP/1.1\r\nhost: ${this.address.host}\r\n` +
        `connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAB\r\n` +
        `authorization: Bearer ${ada.accessToken}\r\naccept: ${accept}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  waitForText(part: string): Promise<string> {
    return eventually(
      () => this.heard,
      (text) => text.includes(part),
    );
  }
}

describe('who offers HTTP/2', () => {
  test('is answered by HTTP/1.1, again and again on one connection', async () => {
    const conversation = Conversation.with(system.gatewayUrl);
    for (const query of [VIEWER, VIEWER]) {
      conversation.post(query);
      expect(await conversation.waitForText('"displayName":"Ada"')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    }
  });

  test('gets server-sent events', async () => {
    const conversation = Conversation.with(system.gatewayUrl);
    conversation.post(ADDED, 'text/event-stream');
    expect(await conversation.waitForText('\nid: ')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const email = await addSomebody(system.gatewayUrl, ada.accessToken, 'h2c');
    await conversation.waitForText(email);
  });

  test.each<[string, () => string]>([
    ['users', () => system.usersUrl],
    ['email-subscriptions', () => system.emailSubscriptionsUrl],
  ])('is answered by the subgraph %s', async (_, url) => {
    const conversation = Conversation.with(url());
    conversation.post(VIEWER);
    expect(await conversation.waitForText('UNTRUSTED_CALLER')).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('holds up no gateway that drains', async () => {
    const conversation = Conversation.with(system.gatewayUrl);
    conversation.post(VIEWER);
    await conversation.waitForText('"displayName":"Ada"');
    system.processes.gateway.kill('SIGTERM');
    await conversation.closed;
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
  });
});
