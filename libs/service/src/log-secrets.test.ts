import { expect, test } from '@jest/globals';
import { withoutSecrets } from './log-secrets.js';

test('an object without secrets is taken as it is', () => {
  const fields = { method: 'POST', status: 200, nested: { list: [1, { a: 2 }] }, err: new Error('x') };
  expect(withoutSecrets(fields)).toBe(fields);
});

test('secrets are hidden at any depth and in any spelling, and the original is not touched', () => {
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

test('what is nested without end is cut off', () => {
  const fields: Record<string, unknown> = {};
  fields['self'] = fields;
  expect(JSON.stringify(withoutSecrets(fields))).toContain('[redacted]');
});
