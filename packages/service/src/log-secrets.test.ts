import { expect, test } from '@jest/globals';
import { withoutSecrets } from './log-secrets.js';
import { createLogger } from './logger.js';

test('returns the same object when it has no secrets', () => {
  const fields = { method: 'POST', status: 200, nested: { list: [1, { a: 2 }] }, err: new Error('x') };
  expect(withoutSecrets(fields)).toBe(fields);
});

test('redacts secrets at any depth and in any spelling, without changing the original', () => {
  const fields = {
    Authorization: 'Bearer x',
    request: { headers: { 'TXN-Token': 'y' }, list: [{ password: 'z', ok: 1 }] },
  };
  expect(withoutSecrets(fields)).toEqual({
    Authorization: '[redacted]',
    request: { headers: { 'TXN-Token': '[redacted]' }, list: [{ password: '[redacted]', ok: 1 }] },
  });
  expect(fields.request.headers['TXN-Token']).toBe('y');
});

test('cuts off deep nesting', () => {
  const fields: Record<string, unknown> = {};
  fields['self'] = fields;
  expect(JSON.stringify(withoutSecrets(fields))).toContain('[redacted]');
});

test('redacts the fields of every line that a service logs', () => {
  const lines: string[] = [];
  const logger = createLogger('orders', 'info', { write: (line) => void lines.push(line) });
  logger.info({ input: { email: 'ann@example.com' } }, 'registered');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ input: { email: '[redacted]' } }]);
});
