import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { codesOf, post, postRaw } from './harness/http.js';
import { execute, liveClient } from './harness/live-client.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl);
});
afterAll(() => system?.stop());

/** Nested lists with nearly as many values as a request may have. `JSON.parse` accepts them, `JSON.stringify` overflows. */
const NESTED = '['.repeat(4_900) + ']'.repeat(4_900);
const SUBSCRIBE_NESTED = `"query":"subscription ($f: SubscriberFilter) { subscriberAdded(filter: $f) { cursor } }","variables":{"f":{"addedAt":{"from":${NESTED}}}}`;

/** Sends messages on an anonymous socket; returns what the gateway sent, and the close code. */
function send(...messages: string[]): Promise<{ received: string; code: number }> {
  return sendAs(undefined, ...messages);
}

async function sendAs(authorization: string | undefined, ...messages: string[]) {
  const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  const all = [...messages, '{"type":"ping"}'];
  let pendingPings = all.filter((message) => message.startsWith('{"type":"ping"')).length;
  let received = '';
  socket.on('message', (data) => {
    const message = (data as Buffer).toString();
    received += message;
    if (message.startsWith('{"type":"connection_ack"')) for (const each of all) socket.send(each);
    if (message.startsWith('{"type":"pong"')) pendingPings -= 1;
    if (pendingPings === 0) socket.close(1000);
  });
  socket.on('error', () => undefined);
  socket.once('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
  );
  const code = await new Promise<number>((resolve) => socket.once('close', resolve));
  return { received, code };
}

async function expectAlive(): Promise<void> {
  const { data } = await post(system.gatewayUrl, '{ viewer { email } }', { token: ada.accessToken });
  expect(data).toEqual({ viewer: { email: ada.email } });
  await expect(Promise.race([system.processes.gateway.exited, Promise.resolve('alive')])).resolves.toBe(
    'alive',
  );
}

describe('the gateway survives', () => {
  test('a ping with a payload that it cannot serialise', async () => {
    const { received } = await send(`{"type":"ping","payload":{"a":${NESTED}}}`);
    expect(received).toContain('"pong"');
    await expectAlive();
  });

  test('a long operation id that is used twice', async () => {
    const subscribe = JSON.stringify({
      id: 'x'.repeat(200),
      type: 'subscribe',
      payload: { query: 'subscription { subscriberAdded { cursor } }' },
    });
    // With a token: otherwise the rejection would free the id before the second message.
    expect((await sendAs(`Bearer ${ada.accessToken}`, subscribe, subscribe)).code).toBe(4409);
    await expectAlive();
  });

  test('deeply nested variables, over WebSocket and HTTP', async () => {
    await send(`{"id":"1","type":"subscribe","payload":{${SUBSCRIBE_NESTED}}}`);
    await expectAlive();
    const query = 'query ($f: SubscriberFilter) { subscribers(filter: $f) { nodes { id } } }';
    const response = await postRaw(
      system.gatewayUrl,
      `{"query":${JSON.stringify(query)},"variables":{"f":{"addedAt":{"from":${NESTED}}}}}`,
      { authorization: `Bearer ${ada.accessToken}` },
    );
    expect(codesOf(response)).toEqual(['BAD_USER_INPUT']);
    await expectAlive();
  });

  test('a document that would be slow for a regular expression', async () => {
    const response = await post(system.gatewayUrl, '@'.repeat(30_000) + 'subscription'.repeat(18_000));
    expect(response.status).toBe(400);
    await expectAlive();
  });

  test('an operation id over the limit', async () => {
    const payload = { query: 'subscription { subscriberAdded { cursor } }' };
    expect((await send(JSON.stringify({ id: 'x'.repeat(300), type: 'subscribe', payload }))).code).toBe(4400);
    await expectAlive();
  });

  test('pipelined subscriptions on one HTTP connection that then breaks', async () => {
    const { hostname, port, host } = new URL(system.gatewayUrl);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const body = JSON.stringify({ query: 'subscription { subscriberAdded(bookmarks: true) { cursor } }' });
    const request = [
      'POST /graphql HTTP/1.1',
      `host: ${host}`,
      'content-type: application/json',
      'accept: text/event-stream',
      `authorization: Bearer ${ada.accessToken}`,
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    socket.write(request.repeat(4));
    const metrics = async () => (await fetch(system.metricsUrls.gateway)).text();
    await eventually(metrics, (text) => /^live_watchers 1$/m.test(text));
    socket.destroy();
    await eventually(
      metrics,
      (text) => /^live_connections 0$/m.test(text) && /^live_watchers 0$/m.test(text),
    );
    await expectAlive();
  });

  test('unusual close codes, which share one metrics label', async () => {
    const metrics = async () => (await fetch(system.metricsUrls.gateway)).text();
    const others = (text: string) =>
      Number(/^live_closes_total\{transport="websocket",code="other"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    const before = others(await metrics());
    for (const code of [3000, 3001, 4777]) {
      const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
      await new Promise((resolve) => socket.once('open', resolve));
      socket.close(code);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    const seen = await eventually(metrics, (text) => others(text) === before + 3);
    expect(seen).not.toMatch(/code="(3000|3001|4777)"/);
  });

  test('constructor, toString and hasOwnProperty as aliases, over HTTP and WebSocket', async () => {
    const query =
      '{ hasOwnProperty: viewer { constructor: email toString: email } constructor: viewer { toString: email } }';
    const { email } = ada;
    const response = await post(system.gatewayUrl, query, { token: ada.accessToken });
    const client = liveClient(system.gatewayUrl, ada.accessToken);
    const byWebSocket = await execute(client, query);
    await client.dispose();
    for (const { data } of [response, byWebSocket]) {
      expect(Object.entries(data)).toEqual([
        ['hasOwnProperty', { constructor: email, toString: email }],
        ['constructor', { toString: email }],
      ]);
    }
    await expectAlive();
  });

  test('__proto__ and constructor as variables, over HTTP and WebSocket', async () => {
    const evil = '{"__proto__":{"first":1},"constructor":{"prototype":{"first":1}}}';
    const query = 'query ($first: Int!) { subscribers(first: $first) { nodes { id } } }';
    const byHttp = await postRaw(system.gatewayUrl, `{"query":"${query}","variables":${evil}}`);
    expect([byHttp.status, codesOf(byHttp)]).toEqual([400, ['BAD_REQUEST']]);
    const { received } = await send(
      `{"id":"1","type":"subscribe","payload":{"query":"${query}","variables":${evil}}}`,
    );
    expect(received).toContain('BAD_USER_INPUT');
    await expectAlive();
  });
});
