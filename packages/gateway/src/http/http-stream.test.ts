import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { admit } from '../subscriptions/transports/admission.js';
import { RevokedSessions } from '../identity/revoked-sessions.js';
import { systemClock } from '../request/clock.js';
import { Connections } from '../subscriptions/transports/connections.js';
import { SubscriptionFigures } from '../telemetry/figures.js';
import { HttpStream, type Framing } from './http-stream.js';
import { MULTIPART } from './multipart.js';
import type { Watcher } from '../subscriptions/rooms/watcher.js';
import { SSE } from './sse.js';

const HERE = () => 'here';
const MEGABYTE = JSON.stringify('x'.repeat(1024 * 1024));

let connections: Connections;
let figures: SubscriptionFigures;
let server: Server;
let hasEnded: boolean;
const onEnd = () => void (hasEnded = true);
beforeEach(() => {
  hasEnded = false;
  connections = new Connections(
    { all: 3, perViewer: 3, anonymous: 3, anonymousPerAddress: 3 },
    systemClock,
    new RevokedSessions(systemClock),
  );
  figures = new SubscriptionFigures();
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Records the calls of its watcher. */
class RecordedMembership {
  resumed = 0;
  onResume: () => void = () => {};
  onLeave: () => void = () => {};
  readonly hasLeft = new Promise<void>((resolve) => (this.onLeave = resolve));

  resume(): void {
    this.resumed += 1;
    this.onResume();
  }

  leave(): void {
    this.onLeave();
  }
}

interface Served {
  readonly stream: HttpStream;
  readonly membership: RecordedMembership;
  readonly response: IncomingMessage;
}

/** Opens a stream over a real connection. */
async function serve(
  { stallMs, ...framing }: Partial<Framing> & { stallMs?: number } = {},
  options: ServerOptions = {},
): Promise<Served> {
  const membership = new RecordedMembership();
  let stream: HttpStream | undefined;
  server = createServer(options, (_, response) => {
    stream = new HttpStream(response, { ...SSE, ...framing }, connections, figures, stallMs);
    admit(stream, ANONYMOUS, HERE, connections);
    stream.open(() => membership, onEnd);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', agent: false, headers: { connection: 'keep-alive' } });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return { stream: stream!, membership, response };
}

async function textUntil(response: IncomingMessage, isSo: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk as string;
    if (isSo(text)) break;
  }
  return text;
}

async function wholeText(response: IncomingMessage): Promise<string> {
  return textUntil(response, () => false);
}

describe('a stream', () => {
  test('has headers that prevent buffering by proxies', async () => {
    const { response } = await serve();
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
  });

  test.each([
    ['events', SSE, ':\n\n'],
    ['multipart', MULTIPART, '{}\r\n--graphql'],
  ])('of %s sends heartbeats while idle, beyond the server’s request timeouts', async (_, framing, beat) => {
    const shortTimeouts = {
      requestTimeout: 300,
      headersTimeout: 300,
      keepAliveTimeout: 10,
      connectionsCheckingInterval: 10,
    };
    const { response } = await serve({ ...framing, heartbeatMs: 60 }, shortTimeouts);
    const text = await textUntil(response, (soFar) => soFar.split(beat).length > 10);
    expect(text).toBe(framing.opening + framing.heartbeat.repeat(9));
  });

  test('sends no heartbeats between frequent events', async () => {
    const { stream, response } = await serve({ heartbeatMs: 200 });
    const events = setInterval(() => stream.next({ cursor: 'c', json: '1' }), 10);
    const text = await textUntil(response, (soFar) => soFar.split('data: ').length > 50);
    clearInterval(events);
    expect(text.replaceAll('event: next\nid: c\ndata: 1\n\n', '')).toBe(SSE.opening);
  });

  test.each([
    ['completed', (stream: HttpStream) => stream.complete(), SSE.complete],
    [
      'rejected',
      (stream: HttpStream) => stream.rejected([{ message: 'no' }]),
      SSE.rejected([{ message: 'no' }]),
    ],
  ])('that is %s sends the last message, ends, and leaves its room', async (_, finish, last) => {
    const { stream, membership, response } = await serve();
    finish(stream);
    stream.next({ cursor: 'c', json: '"too late"' });
    expect(await wholeText(response)).toBe(SSE.opening + last);
    await membership.hasLeft;
    expect([connections.size, hasEnded]).toEqual([0, true]);
  });

  test.each([
    ['SUBSCRIPTION_LAGGED', (stream: HttpStream) => stream.cutOff('SUBSCRIPTION_LAGGED')],
    ['SUBSCRIPTION_UPSTREAM_LOST', (stream: HttpStream) => stream.cutOff('SUBSCRIPTION_UPSTREAM_LOST')],
    ['SUBSCRIPTION_AUTH_EXPIRED', (stream: HttpStream) => stream.end('SUBSCRIPTION_AUTH_EXPIRED')],
    ['SUBSCRIPTION_SERVER_DRAINING', (stream: HttpStream) => stream.end('SUBSCRIPTION_SERVER_DRAINING')],
  ])('that is ended sends the code %s', async (code, end) => {
    const { stream, membership, response } = await serve();
    end(stream);
    const text = await wholeText(response);
    const isTimed = code === 'SUBSCRIPTION_UPSTREAM_LOST';
    const retryAfter = isTimed ? ',"retryAfterSeconds":\\d+' : '';
    expect(text).toMatch(new RegExp(`"extensions":{"code":"${code}"${retryAfter}}`));
    expect(text).not.toContain('complete');
    await membership.hasLeft;
    expect([connections.size, hasEnded]).toEqual([0, true]);
  });

  test.each([
    ['events', SSE],
    ['multipart', MULTIPART],
  ])('of %s that is interrupted ends only after its client can have read the error', async (_, framing) => {
    const { stream, response } = await serve(framing);
    const received: string[] = [];
    response.socket.on('data', (bytes: Buffer) => received.push(bytes.toString()));
    const since = performance.now();
    stream.end('SUBSCRIPTION_SERVER_DRAINING');
    await wholeText(response);
    // A client still handles the message after the next turn of this process's event loop.
    expect(performance.now() - since).toBeGreaterThan(50);
    const END_OF_CHUNKS = '0\r\n\r\n';
    const why = received.find((bytes) => bytes.includes('SUBSCRIPTION_SERVER_DRAINING'));
    expect(why).not.toContain(END_OF_CHUNKS);
    expect(received.at(-1)).toBe(END_OF_CHUNKS);
  });

  test('leaves its room when the client disconnects', async () => {
    const { membership, response } = await serve();
    response.destroy();
    await membership.hasLeft;
    expect([connections.size, hasEnded]).toEqual([0, true]);
  });

  test('does not start for a client that has already disconnected', async () => {
    let watchers = 0;
    let wasServed = () => {};
    const served = new Promise<void>((resolve) => (wasServed = resolve));
    server = createServer((_, response) => {
      response.once('close', () => {
        const stream = new HttpStream(response, SSE, connections, figures);
        admit(stream, ANONYMOUS, HERE, connections);
        stream.open((_watcher: Watcher) => {
          watchers += 1;
          return new RecordedMembership();
        }, onEnd);
        wasServed();
      });
      request.destroy();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    request.on('error', () => undefined);
    await served;
    expect([watchers, connections.size, hasEnded]).toEqual([0, 0, true]);
  });
});

describe('a client that does not read', () => {
  /** Sends more than the operating system buffers. */
  function flood({ stream }: Served): void {
    for (let sent = 0; sent < 40; sent += 1) stream.next({ cursor: null, json: MEGABYTE });
  }

  test('receives no more than the buffer holds, and the rest once it reads', async () => {
    const { stream, membership, response } = await serve();
    let sent = 0;
    membership.onResume = () => {
      for (; stream.isReady() && sent < 40; sent += 1) stream.next({ cursor: null, json: MEGABYTE });
      if (sent === 40) stream.complete();
    };
    membership.onResume();
    expect(sent).toBeLessThan(40);
    const text = await wholeText(response);
    expect(text.split('event: next').length - 1).toBe(40);
    expect(membership.resumed).toBeGreaterThan(0);
  });

  test('is disconnected when it stalls for too long', async () => {
    const served = await serve({ stallMs: 50, heartbeatMs: 10 });
    flood(served);
    await served.membership.hasLeft;
    expect([connections.size, hasEnded]).toEqual([0, true]);
  });

  test('does not delay a drain', async () => {
    const served = await serve();
    flood(served);
    await connections.drain(0);
    expect([connections.size, hasEnded]).toEqual([0, true]);
  });
});
