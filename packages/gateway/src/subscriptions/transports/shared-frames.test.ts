import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable, type Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { SharedFrames } from './shared-frames.js';

let server: Server;
let client: WebSocket;
let stream: Duplex;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  const connected = once(new WebSocketServer({ server }), 'connection');
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  stream = ((await connected) as [WebSocket, IncomingMessage])[1].socket;
  if (client.readyState !== client.OPEN) await once(client, 'open');
});
afterEach(async () => {
  client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** The messages that a client receives. */
async function received(write: () => void, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  const all = new Promise<void>((resolve) =>
    client.on('message', (data) => {
      messages.push(JSON.parse((data as Buffer).toString()));
      if (messages.length === count) resolve();
    }),
  );
  write();
  await all;
  return messages;
}

test('writes readable messages for all lengths of events and ids', async () => {
  const frames = new SharedFrames();
  const lengths = [
    0, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 65_400, 65_480, 65_490, 65_500, 200_000,
  ];
  const ids = ['1', 'a-much-longer-id', 'ünïcode "quoted" \\ \u0000'];
  const sent = lengths.flatMap((length) => ids.map((id) => ({ id, data: { text: 'x'.repeat(length) } })));
  const got = await received(() => {
    for (const { id, data } of sent) {
      const tail = SharedFrames.tail(id);
      frames.write(stream, { cursor: null, json: JSON.stringify({ data }) }, tail);
    }
  }, sent.length);
  expect(got).toEqual(sent.map(({ id, data }) => ({ type: 'next', id, payload: { data } })));
});

test('shares the bytes of an event between watchers', () => {
  const frames = new SharedFrames();
  const event = { cursor: null, json: JSON.stringify('x'.repeat(10_000)) };
  const written = ['1', '22'].map((id) => {
    const parts: Buffer[] = [];
    frames.write(recordingTo(parts), event, SharedFrames.tail(id));
    return parts;
  });
  expect(written.map((parts) => parts.length)).toEqual([3, 3]);
  expect(written[0]![1]).toBe(written[1]![1]);
});

/** A stream that records each written buffer. */
function recordingTo(parts: Buffer[]): Writable {
  return new Writable({
    writev: (chunks, done) => {
      parts.push(...chunks.map(({ chunk }) => chunk as Buffer));
      done();
    },
  });
}
