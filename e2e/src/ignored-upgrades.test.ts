import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
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

/** A connection to a service, and the text received since the last request. */
class RawConnection {
  private received = '';
  readonly closed: Promise<unknown>;

  constructor(
    private readonly address: URL,
    private readonly socket: Socket,
  ) {
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.received += chunk));
    this.closed = once(socket, 'close');
  }

  static to(url: string): RawConnection {
    const address = new URL(url);
    const socket = connect(Number(address.port), address.hostname);
    sockets.push(socket);
    return new RawConnection(address, socket);
  }

  /** Offers HTTP/2, as Java's client and curl do. */
  post(query: string, accept = '*/*'): void {
    this.received = '';
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
      () => this.received,
      (text) => text.includes(part),
    );
  }
}

describe('a client that offers HTTP/2', () => {
  test('gets HTTP/1.1 responses, also repeatedly on one connection', async () => {
    const connection = RawConnection.to(system.gatewayUrl);
    for (const query of [VIEWER, VIEWER]) {
      connection.post(query);
      expect(await connection.waitForText('"displayName":"Ada"')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    }
  });

  test('gets server-sent events', async () => {
    const connection = RawConnection.to(system.gatewayUrl);
    connection.post(ADDED, 'text/event-stream');
    expect(await connection.waitForText('\nid: ')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const email = await addRandomSubscriber(system.gatewayUrl, ada.accessToken, 'h2c');
    await connection.waitForText(email);
  });

  test.each<[string, () => string]>([
    ['users', () => system.subgraphUrls.users!],
    ['email-subscriptions', () => system.subgraphUrls['email-subscriptions']!],
  ])('gets a response from the subgraph %s', async (_, url) => {
    const connection = RawConnection.to(url());
    connection.post(VIEWER);
    expect(await connection.waitForText('UNTRUSTED_CALLER')).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('does not delay a draining gateway', async () => {
    const connection = RawConnection.to(system.gatewayUrl);
    connection.post(VIEWER);
    await connection.waitForText('"displayName":"Ada"');
    system.processes.gateway.kill('SIGTERM');
    await connection.closed;
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
  });
});
