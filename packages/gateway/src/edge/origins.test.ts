import { beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Origins } from './origins.js';

const LISTED = 'https://app.example.com';
const OWN = 'https://graph.example.com';
const FOREIGN = 'http://localhost:5173';
const lines: string[] = [];
const logger = pino({}, { write: (line: string) => void lines.push(line) });
const origins = (production: boolean, own: string[] = [OWN]) =>
  new Origins({ listed: new Set([LISTED]), own: new Set(own), production, logger });

const inDevelopment = origins(false);
const inProduction = origins(true);

beforeEach(() => void lines.splice(0));

describe.each([
  ['development', inDevelopment],
  ['production', inProduction],
])('in %s, the Origin', (_, checked) => {
  test.each([undefined, LISTED, OWN])('%s is allowed with any Host', (origin) => {
    for (const host of ['10.0.0.1:4000', 'gateway', undefined])
      expect(checked.rejection({ origin, host })).toBeNull();
  });

  test.each([
    ['http://evil.example', 'evil.example'],
    ['http://evil.example:4000', 'evil.example:4000'],
    ['http://evil.example:4000', '127.0.0.1:4000'],
    ['https://graph.example.com:8443', 'graph.example.com:8443'],
    ['http://graph.example.com', 'graph.example.com'],
    [`${LISTED}.evil.example`, '127.0.0.1:4000'],
    ['http://192.168.1.5:4000', '192.168.1.5:4000'],
    ['http://localhost:5173', '127.0.0.1:4000'],
    ['http://localhost:4000', 'evil.example:4000'],
    ['http://localhost:4000', undefined],
    ['file://localhost', 'localhost'],
    ['null', '127.0.0.1:4000'],
    ['', '127.0.0.1:4000'],
    ['::', '127.0.0.1:4000'],
  ])('%j is rejected with the Host %j', (origin, host) => {
    expect(checked.rejection({ origin, host })).toEqual(expect.any(String));
  });
});

test.each([
  ['http://127.0.0.1:4000', '127.0.0.1:4000'],
  ['http://localhost:4000', 'localhost:4000'],
  ['http://[::1]:4000', '[::1]:4000'],
  ['http://localhost:4000', '127.0.0.1:4000'],
  ['https://localhost', 'localhost'],
  ['http://localhost', 'localhost:80'],
  ['http://localhost:5173', 'localhost:5173'],
])('the loopback origin %s with the Host %s is allowed in development only', (origin, host) => {
  expect(inDevelopment.rejection({ origin, host })).toBeNull();
  expect(inProduction.rejection({ origin, host })).toEqual(expect.any(String));
});

describe('an HTTP request without an Origin', () => {
  const browser = { 'accept-language': 'en' };

  test.each(['evil.example', 'evil.example:4000', 'localhost.evil.example:4000'])(
    'is rejected when a browser sends the Host %s',
    (host) => {
      for (const checked of [inDevelopment, inProduction]) {
        for (const method of ['GET', 'HEAD']) {
          for (const mark of [browser, { 'sec-fetch-site': 'same-origin' }])
            expect(checked.httpRejection({ method, headers: { ...mark, host } })).toEqual(expect.any(String));
        }
      }
    },
  );

  test.each([
    '127.0.0.1:4000',
    '192.168.1.5',
    '[::1]:4000',
    'localhost:4000',
    'gateway:4000',
    'graph.example.com',
  ])('is allowed when a browser sends the Host %s', (host) => {
    for (const checked of [inDevelopment, inProduction])
      expect(checked.httpRejection({ method: 'GET', headers: { ...browser, host } })).toBeNull();
  });

  test('is allowed from clients other than browsers with any Host', () => {
    const host = 'gateway.internal.example';
    for (const checked of [inDevelopment, inProduction]) {
      expect(checked.httpRejection({ method: 'GET', headers: { host } })).toBeNull();
      expect(checked.httpRejection({ method: 'POST', headers: { ...browser, host } })).toBeNull();
    }
  });
});

describe('a rejection', () => {
  const rejection = (origin: string, host?: string) => inDevelopment.rejection({ origin, host }) ?? '';

  test('in development names the environment variable to set, and is logged once', () => {
    const fresh = origins(false);
    const message = fresh.rejection({ origin: FOREIGN, host: '127.0.0.1:4000' });
    expect(message).toContain(`CORS_ORIGINS=${FOREIGN} `);
    expect(fresh.rejection({ origin: FOREIGN, host: '127.0.0.1:4000' })).toBe(message);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([message]);
  });

  test('names PUBLIC_URL for a page of the same host', () => {
    const origin = 'http://192.168.1.5:4000';
    expect(rejection(origin, '192.168.1.5:4000')).toContain(`PUBLIC_URL=${origin} `);
    const byGet = { method: 'GET', headers: { host: 'dev.example:4000', 'accept-language': 'en' } };
    expect(inDevelopment.httpRejection(byGet)).toContain('PUBLIC_URL=http://dev.example:4000 ');
  });

  test.each(['null', `${FOREIGN}/`, 'x'.repeat(5_000)])(
    'does not suggest a value that is not an origin: %.30s',
    (origin) => {
      const message = rejection(origin);
      expect(message).not.toMatch(/CORS_ORIGINS=|PUBLIC_URL=/);
      expect(message).toContain('CORS_ORIGINS lists');
      expect(message.length).toBeLessThan(300);
    },
  );

  test('is logged for a limited number of origins', () => {
    const fresh = origins(false);
    for (let n = 0; n < 1_000; n += 1) fresh.rejection({ origin: `http://localhost:${n}` });
    expect(lines).toHaveLength(100);
  });

  test('in production contains no details', () => {
    const message = 'This origin is not allowed.';
    expect(inProduction.rejection({ origin: FOREIGN })).toBe(message);
    const byGet = { method: 'GET', headers: { host: 'evil.example', 'accept-language': 'en' } };
    expect(inProduction.httpRejection(byGet)).toBe(message);
    expect(lines).toEqual([]);
  });
});

test('production rejects all origins without CORS_ORIGINS and PUBLIC_URL', () => {
  const closed = new Origins({ listed: new Set(), own: new Set(), production: true, logger });
  for (const host of ['127.0.0.1:4000', 'localhost:4000', 'graph.example.com', 'gateway'])
    expect(closed.rejection({ origin: `http://${host}`, host })).toEqual(expect.any(String));
});
