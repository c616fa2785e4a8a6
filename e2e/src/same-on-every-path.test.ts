import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { blocksOf } from './harness/http-stream.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { WebSocket } from 'ws';

let system: TestSystem;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(() => system?.stop());

/** A request, valid or not. */
type Sent = Record<string, unknown>;
interface Outcome {
  readonly data?: unknown;
  readonly errors?: readonly { extensions: { code: string } }[];
}

const JSON_TYPE = 'application/json';
const EVENTS = { accept: 'text/event-stream' };
const MULTIPART = { accept: 'multipart/mixed;subscriptionSpec="1.0", application/json' };

async function post(body: Sent, headers: Record<string, string> = {}): Promise<Outcome> {
  return outcomeOf(
    await fetch(system.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, authorization: `Bearer ${ada.accessToken}`, ...headers },
      body: JSON.stringify(body),
    }),
  );
}

async function get(sent: Sent, headers: Record<string, string>): Promise<Outcome> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(sent)) {
    search.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return outcomeOf(
    await fetch(`${system.gatewayUrl}?${search.toString()}`, {
      headers: { authorization: `Bearer ${ada.accessToken}`, ...headers },
    }),
  );
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  return (isStream ? blocksOf(text)[0]!.data : JSON.parse(text)) as Outcome;
}

async function byWebSocket(payload: Sent): Promise<Outcome> {
  const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
      socket.once('open', () =>
        send({ type: 'connection_init', payload: { authorization: `Bearer ${ada.accessToken}` } }),
      );
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type: string; payload: unknown };
        if (message.type === 'connection_ack') send({ type: 'subscribe', id: '1', payload });
        if (message.type === 'next') resolve(message.payload as Outcome);
        if (message.type === 'error') resolve({ errors: message.payload as Outcome['errors'] & object });
      });
    });
  } finally {
    socket.terminate();
  }
}

const POSTS: Record<string, (sent: Sent) => Promise<Outcome>> = {
  'a plain POST': (sent) => post(sent),
  'a POST with a charset': (sent) => post(sent, { 'content-type': `${JSON_TYPE}; charset=utf-8` }),
  'a POST that accepts graphql-response+json': (sent) =>
    post(sent, { accept: 'application/graphql-response+json' }),
  'a POST for server-sent events': (sent) => post(sent, EVENTS),
  'a POST for multipart': (sent) => post(sent, MULTIPART),
};
const GETS: Record<string, (sent: Sent) => Promise<Outcome>> = {
  'a GET': (sent) => get(sent, { 'apollo-require-preflight': '1' }),
  'a GET for server-sent events': (sent) => get(sent, EVENTS),
};
const ALL = { ...POSTS, ...GETS, WebSocket: byWebSocket };

const ONE = '{ viewer { email } }';
const TWO = `query A ${ONE} query B ($n: Int = 1) { subscribers(first: $n) { nodes { id } } }`;

const UNKNOWN = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } };

const served: [string, Sent, typeof POSTS][] = [
  ['no operation name', { query: ONE }, ALL],
  ['an empty operation name', { query: ONE, operationName: '' }, ALL],
  ['variables that are null', { query: ONE, variables: null }, ALL],
  ['extensions that are null', { query: ONE, extensions: null }, ALL],
  // In a URL it is a string, and so a name.
  [
    'an operation name that is null',
    { query: ONE, operationName: null },
    { ...POSTS, WebSocket: byWebSocket },
  ],
  ['empty parameters', { query: ONE, operationName: '', variables: '', extensions: '' }, GETS],
  ['the name of one of two operations', { query: TWO, operationName: 'A' }, ALL],
];

const rejected: [string, Sent, string, typeof POSTS][] = [
  [
    'an empty name for two operations',
    { query: TWO, operationName: '' },
    'OPERATION_RESOLUTION_FAILURE',
    ALL,
  ],
  ['an unknown operation name', { query: TWO, operationName: 'C' }, 'OPERATION_RESOLUTION_FAILURE', ALL],
  ['an empty query', { query: '' }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  [
    'an empty query and the hash of an unknown one',
    { query: '', extensions: UNKNOWN },
    'PERSISTED_QUERY_NOT_FOUND',
    ALL,
  ],
  ['no query', { variables: {} }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  ['variables that are a list', { query: ONE, variables: [] }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  ['variables that are a number', { query: ONE, variables: 1 }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  ['variables that are a string', { query: ONE, variables: 'x' }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  ['empty variables', { query: ONE, variables: '' }, 'BAD_REQUEST', POSTS],
  ['extensions that are false', { query: ONE, extensions: false }, 'BAD_REQUEST', { ...POSTS, ...GETS }],
  ['an operation name that is a number', { query: ONE, operationName: 1 }, 'BAD_REQUEST', POSTS],
];

describe('every transport of the gateway', () => {
  test.each(served)('serves %s', async (_, sent, paths) => {
    const outcomes = await Promise.all(
      Object.entries(paths).map(async ([name, send]) => [name, await send(sent)]),
    );
    const expected = { data: { viewer: { email: ada.email } } };
    expect(outcomes).toEqual(Object.keys(paths).map((name) => [name, expected]));
  });

  test.each(rejected)('rejects %s', async (_, sent, code, paths) => {
    const outcomes = await Promise.all(
      Object.entries(paths).map(async ([name, send]) => {
        const { errors = [] } = await send(sent);
        return [name, errors.map(({ extensions }) => extensions.code)];
      }),
    );
    expect(outcomes).toEqual(Object.keys(paths).map((name) => [name, [code]]));
  });

  test.each(['query', 'operationName', 'variables'])('rejects a GET with two of %s', async (name) => {
    const value = name === 'variables' ? '{}' : ONE;
    const search = new URLSearchParams({ query: ONE, [name]: value });
    search.append(name, value);
    const codes = await Promise.all(
      [{ 'apollo-require-preflight': '1' }, EVENTS].map(async (headers) => {
        const response = await fetch(`${system.gatewayUrl}?${search.toString()}`, {
          headers: { ...headers },
        });
        return (await outcomeOf(response)).errors?.map(({ extensions }) => extensions.code);
      }),
    );
    expect(codes).toEqual([['BAD_REQUEST'], ['BAD_REQUEST']]);
  });
});
