import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@kit/service';
import { parse } from 'graphql';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const TYPES = 'type Query { greeting: String }';
const PAGE = 'https://page.example.com';
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=x';

let subgraph: ServedSubgraph;
let gateway: ServedGateway;
let log: string;
beforeAll(async () => {
  log = '';
  subgraph = await ServedSubgraph.start(TYPES, { Query: { greeting: () => 'Hello' } });
  const { supergraphSdl } = composeServices([
    { name: 'greetings', url: subgraph.url, typeDefs: parse(TYPES) },
  ]);
  gateway = await ServedGateway.start(supergraphSdl!, {
    logger: createLogger('test', 'trace', { write: (line) => (log += line) }),
    routes: [
      {
        method: 'POST',
        path: '/form/:token',
        body: 'form',
        anyOrigin: true,
        headers: { 'cache-control': 'no-store' },
        handle: async ({ body }) => (body instanceof URLSearchParams ? { form: [...body] } : { json: body }),
      },
      { method: 'POST', path: '/json', handle: async ({ body }) => ({ json: body }) },
    ],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await subgraph?.stop();
});

const post = async (path: string, body: string | Buffer | FormData, headers: Record<string, string> = {}) => {
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
};
const postForm = (body: string, type = FORM) => post('/form/t', body, { 'content-type': type });
const part = (name: string, value: string) =>
  `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const badRequest = (message: string) => ({
  errors: [{ message: expect.stringContaining(message), extensions: { code: 'BAD_REQUEST' } }],
});

test('a route gets the fields of an urlencoded form, in order and repeated', async () => {
  const { status, body } = await postForm('a=1&b=%C3%A4+%26&a=2&c');
  expect([status, body]).toEqual([
    200,
    {
      form: [
        ['a', '1'],
        ['b', 'ä &'],
        ['a', '2'],
        ['c', ''],
      ],
    },
  ]);
});

test('a route gets the fields of a multipart form', async () => {
  const form = new FormData();
  form.append('a', '1');
  form.append('b', 'ä &');
  expect((await post('/form/t', form)).body).toEqual({
    form: [
      ['a', '1'],
      ['b', 'ä &'],
    ],
  });
});

test('a route for forms gets JSON, and no body', async () => {
  expect((await postForm('{"a":1}', 'application/json')).body).toEqual({ json: { a: 1 } });
  const response = await fetch(`${gateway.url}/form/t`, { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([200, { json: undefined }]);
});

test.each([
  [
    'a file',
    MULTIPART,
    '--x\r\ncontent-disposition: form-data; name="a"; filename="a.txt"\r\n\r\n1\r\n--x--\r\n',
    'files',
  ],
  ['101 fields', FORM, Array.from({ length: 101 }, () => 'a=1').join('&'), 'at most 100'],
  [
    '101 parts',
    MULTIPART,
    `${Array.from({ length: 101 }, () => part('a', '1')).join('')}--x--\r\n`,
    'at most 100',
  ],
  ['a part without an end', MULTIPART, part('a', '1').slice(0, -4), 'malformed'],
  ['no boundary', 'multipart/form-data', '', 'malformed'],
  ['a name of 101 characters', FORM, `${'a'.repeat(101)}=1`, 'malformed'],
])('rejects a form with %s', async (_, type, text, message) => {
  const { status, headers, body } = await postForm(text, type);
  expect([status, body]).toEqual([400, badRequest(message)]);
  expect(headers.get('cache-control')).toBe('no-store');
});

test('accepts a form with 100 fields', async () => {
  expect((await postForm(Array.from({ length: 100 }, () => 'a=1').join('&'))).status).toBe(200);
});

test('rejects a form that is not UTF-8', async () => {
  const { status, body } = await post('/form/t', Buffer.from('a=\xe4', 'latin1'), { 'content-type': FORM });
  expect([status, body]).toEqual([400, badRequest('UTF-8')]);
});

test.each([FORM, MULTIPART, 'application/json'])('rejects 64 KiB and more of %s', async (type) => {
  const { status, body } = await postForm('a'.repeat(64 * 1024 + 1), type);
  expect(status).toBe(413);
  expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST', limit: 'body' } }] });
});

test('rejects other types, and names those to send', async () => {
  const { status, body } = await postForm('a', 'text/plain');
  expect([status, body]).toEqual([415, badRequest('as a form or as application/json')]);
});

test.each(['/graphql', '/json'])('%s accepts no form', async (path) => {
  for (const type of [FORM, MULTIPART, 'text/plain']) {
    const text = type === MULTIPART ? `${part('query', '{ greeting }')}--x--\r\n` : 'query={greeting}';
    const { status, body } = await post(path, text, { 'content-type': type });
    expect([status, body]).toEqual([415, badRequest('application/json')]);
  }
});

test('pages of any origin may read a route that is open to them, without credentials', async () => {
  const origin = 'https://anywhere.example.com';
  const preflight = await fetch(`${gateway.url}/form/t`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  expect([preflight.status, Object.fromEntries(preflight.headers)]).toEqual([
    204,
    expect.objectContaining({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': 'content-type',
    }),
  ]);
  const { status, headers } = await post('/form/t', 'a=1', { origin, 'content-type': FORM });
  expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  expect(headers.has('access-control-allow-credentials')).toBe(false);
  const closed = await post('/json', '{}', { origin: PAGE, 'content-type': 'application/json' });
  expect([closed.status, closed.headers.has('access-control-allow-origin')]).toEqual([403, false]);
});

test('logs no parameter of a path, whatever fails', async () => {
  const token = 'secret-token';
  const urlencoded = { 'content-type': FORM };
  await post(`/form/${token}`, 'a=1', urlencoded);
  await post(`/form/${token}`, 'a'.repeat(65 * 1024), urlencoded);
  await post(`/form/${token}`, 'a', { 'content-type': 'text/plain' });
  await post(`/form/${token}/more`, 'a', urlencoded);
  await post(`/form/${token.repeat(20)}`, 'a', urlencoded);
  await post(`/form/${token}%`, 'a', urlencoded);
  for (const method of ['GET', 'PUT', 'OPTIONS']) await fetch(`${gateway.url}/form/${token}`, { method });
  expect(log).toContain('"path":"/form/:token"');
  expect(log).not.toContain(token);
});
