import { expect, test } from '@jest/globals';
import { ConfigurationError } from './environment.js';
import { databaseUnreachable, explainStartUp } from './start-up.js';

test('names an unreachable database without its password', () => {
  const { message } = databaseUnreachable(
    'postgres://orders:hunter2@db.internal:5433/orders',
    new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:5433')]),
  );
  expect(message).toContain('db.internal:5433/orders');
  expect(message).toContain('ECONNREFUSED');
  expect(message).not.toContain('hunter2');
});

test('names the variable of a port in use', () => {
  const error = Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
  expect(explainStartUp(error, { HOST: '127.0.0.1', PORT: 4000 })).toMatch(/4000.*PORT/);
});

test('reports an operator’s mistake without a stack', () => {
  expect(explainStartUp(new ConfigurationError('PORT is missing'))).toBe('PORT is missing');
});
