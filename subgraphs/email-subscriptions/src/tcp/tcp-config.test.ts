import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '@kit/service';
import { subgraph } from '../subgraph.js';
import { certificate, type Certificate } from '@supergraph/tools/test-certificate';
import { tcpOptions } from './tcp-config.js';

const GATEWAYS = 'a secret of the gateway and this service';
const GATEWAYS_OLD = 'an old secret of the gateway and this service';
const CURSORS = 'a secret for the cursors of this service';
const BASE = {
  DATABASE_URL: 'postgres://user:password@127.0.0.1:5432/nothing',
  TXN_TOKEN_SECRET: GATEWAYS,
  CURSOR_SECRET: CURSORS,
  SUBSCRIBER_SECRET: 'addresses and links of subscribers in tests',
};
const SECRET = 'a secret that no error may contain: 1';
const OTHER = 'a secret that no error may contain: 2';
const MONOLITH = { name: 'monolith', secret: SECRET, scopes: ['subscribers:read'] };
const TCP = { TCP_PORT: '4003', TCP_CALLERS: JSON.stringify([MONOLITH]) };

const read = (environment: Record<string, string>) =>
  tcpOptions(subgraph.readConfig({ ...BASE, ...environment }), 'email-subscriptions');

function faultOf(environment: Record<string, string>): string {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
}
const faultOfCallers = (callers: unknown, more: Record<string, string> = {}) =>
  faultOf({ ...TCP, TCP_CALLERS: typeof callers === 'string' ? callers : JSON.stringify(callers), ...more });

describe('the TCP configuration', () => {
  test('needs only a port and callers', () => {
    expect(read(TCP)).toEqual({
      host: '127.0.0.1',
      port: 4003,
      callers: [MONOLITH],
      audience: 'email-subscriptions',
      tls: undefined,
    });
  });

  test('has no effect without TCP_PORT', () => {
    expect(read({})).toBeUndefined();
    expect(read({ TCP_CALLERS: TCP.TCP_CALLERS, TCP_TLS_CERT: '/nowhere' })).toBeUndefined();
  });

  test('needs at least one caller', () => {
    const fault = 'TCP_PORT is set, so TCP_CALLERS must name at least one caller';
    expect(faultOf({ TCP_PORT: '4003' })).toBe(fault);
    expect(faultOfCallers([])).toBe(fault);
  });

  test.each<[string, unknown, string]>([
    ['text that is not JSON', `{"secret":"${SECRET}"`, '(it is not JSON)'],
    ['an object', MONOLITH, 'at its beginning: Invalid input: expected array'],
    ['a caller that is text', [SECRET], 'at 0: Invalid input: expected object'],
    ['a caller without a name', [{ ...MONOLITH, name: undefined }], 'at 0.name: is missing'],
    ['a caller without a secret', [{ ...MONOLITH, secret: undefined }], 'at 0.secret: is missing'],
    ['a caller without scopes', [{ ...MONOLITH, scopes: undefined }], 'at 0.scopes: is missing'],
    ['an unknown field', [{ ...MONOLITH, [SECRET]: 1 }], 'at 0: has a field other than name'],
    ['an unknown scope', [{ ...MONOLITH, scopes: ['all'] }], 'at 0.scopes.0: is not one of users:read, '],
    ['scopes as text', [{ ...MONOLITH, scopes: 'subscribers:read' }], 'at 0.scopes: Invalid input'],
    [
      'a short secret',
      [{ ...MONOLITH, secret: SECRET.slice(0, 31) }],
      'at 0.secret: is shorter than 32 bytes',
    ],
    [
      'a short previous secret',
      [{ ...MONOLITH, previousSecret: 'x' }],
      'at 0.previousSecret: is shorter than 32 bytes',
    ],
    ['the gateway’s name', [{ ...MONOLITH, name: 'gateway' }], 'at 0.name: is the name of the gateway'],
    ['the gateway’s name in capitals', [{ ...MONOLITH, name: 'GateWay' }], 'is the name of the gateway'],
    ['an empty name', [{ ...MONOLITH, name: '' }], 'at 0.name: is not a name of'],
    ['a name with a line break', [{ ...MONOLITH, name: 'a\nb' }], 'at 0.name: is not a name of'],
    ['a name of 65 characters', [{ ...MONOLITH, name: 'a'.repeat(65) }], 'at 0.name: is not a name of'],
    ['a duplicate name', [MONOLITH, { ...MONOLITH, secret: OTHER }], '(monolith is named twice)'],
    [
      'a secret of two callers',
      [MONOLITH, { ...MONOLITH, name: 'reports', secret: OTHER, previousSecret: SECRET }],
      '(reports shares a secret with another caller)',
    ],
  ])('rejects %s', (_, callers, fault) => {
    const message = faultOfCallers(callers);
    expect(message).toContain('  - TCP_CALLERS cannot be used (');
    expect(message).toContain(fault);
    expect(message).not.toContain(SECRET.slice(0, 31));
  });

  test('names all errors of the callers and the other variables', () => {
    const message = faultOfCallers([{ ...MONOLITH, name: '', secret: 'short' }, {}], { TCP_PORT: '65536' });
    for (const fault of [
      'TCP_PORT is not a whole number',
      'at 0.name',
      'at 0.secret',
      'at 1.name',
      'at 1.scopes',
    ])
      expect(message).toContain(fault);
  });

  test.each([
    ['TXN_TOKEN_SECRET', { secret: GATEWAYS }],
    ['TXN_TOKEN_SECRET', { previousSecret: GATEWAYS }],
    ['TXN_TOKEN_SECRET_PREVIOUS', { secret: GATEWAYS_OLD }],
    ['TXN_TOKEN_SECRET_PREVIOUS', { previousSecret: GATEWAYS_OLD }],
    ['CURSOR_SECRET', { secret: CURSORS }],
  ])('rejects %s as a secret of a caller: %j', (variable, secrets) => {
    const message = faultOfCallers([{ ...MONOLITH, ...secrets }], {
      TXN_TOKEN_SECRET_PREVIOUS: GATEWAYS_OLD,
    });
    expect(message).toBe(`TCP_CALLERS must not hold ${variable}: a caller could pretend to be this system`);
  });

  test('rejects example secrets in production only', () => {
    const callers = [{ ...MONOLITH, previousSecret: 'example-secret-of-32-bytes-or-more' }];
    expect(faultOfCallers(callers, { NODE_ENV: 'production' })).toBe(
      'TCP_CALLERS still holds an example value: make a secret with `openssl rand -hex 32`',
    );
    expect(faultOfCallers(callers)).toBe('');
  });
});

describe('the TLS files', () => {
  let folder: string;
  let mine: Certificate;
  let cert: string;
  let key: string;
  let keyOfAnother: string;
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tcp-config-'));
    mine = await certificate();
    cert = await file('cert.pem', mine.cert);
    key = await file('key.pem', mine.key);
    keyOfAnother = await file('other.pem', (await certificate()).key);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are read', () => {
    expect(read({ ...TCP, TCP_TLS_CERT: cert, TCP_TLS_KEY: key })!.tls).toEqual({
      cert: Buffer.from(mine.cert),
      key: Buffer.from(mine.key),
    });
  });

  test('are both required', () => {
    const fault = 'TCP_TLS_CERT and TCP_TLS_KEY go together: one of them is missing';
    expect(faultOf({ ...TCP, TCP_TLS_CERT: cert })).toBe(fault);
    expect(faultOf({ ...TCP, TCP_TLS_KEY: key })).toBe(fault);
  });

  test('must be a certificate and its key', () => {
    for (const [a, b] of [
      [cert, keyOfAnother],
      [key, cert],
    ] as const) {
      expect(faultOf({ ...TCP, TCP_TLS_CERT: a, TCP_TLS_KEY: b })).toMatch(
        /^TCP_TLS_CERT and TCP_TLS_KEY are not a certificate and its key: .+$/,
      );
    }
  });

  test('are named if they cannot be read, together with other errors', () => {
    const nowhere = join(folder, 'nowhere.pem');
    const message = faultOf({ TCP_PORT: '0', TCP_TLS_CERT: nowhere, TCP_TLS_KEY: folder });
    expect(message.split('\n')).toEqual([
      'TCP_PORT is set, so TCP_CALLERS must name at least one caller',
      expect.stringMatching(/^TCP_TLS_CERT: the file cannot be read: ENOENT.+nowhere\.pem/),
      expect.stringMatching(/^TCP_TLS_KEY: the file cannot be read: EISDIR/),
    ]);
  });
});
