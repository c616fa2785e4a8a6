import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { DomainError } from './domain-error.js';
import { errorFormatter } from './format-error.js';
import { withRequestId } from './request-id.js';

class CursorTooOld extends DomainError {
  override readonly code = 'CURSOR_EXPIRED';
}

function format(error: GraphQLError) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const formatted = withRequestId('request-1', () => errorFormatter(logger)(error.toJSON(), error));
  return { formatted, log: lines.join('') };
}

describe('the error formatter', () => {
  test('keeps expected errors with their code', () => {
    const error = new GraphQLError('too old', { path: ['a'], originalError: new CursorTooOld('too old') });
    expect(format(error).formatted).toEqual({
      message: 'too old',
      path: ['a'],
      extensions: { code: 'CURSOR_EXPIRED' },
    });
  });

  test('drops extensions that are not public', () => {
    const error = new GraphQLError('no', {
      extensions: { code: 'FORBIDDEN', serviceName: 'orders', response: { url: 'x' } },
    });
    expect(format(error).formatted.extensions).toEqual({ code: 'FORBIDDEN' });
  });

  test('masks unexpected errors, and logs them completely with the same request id', () => {
    const cause = new Error('relation "orders" does not exist');
    const { formatted, log } = format(
      new GraphQLError(cause.message, { path: ['viewer'], originalError: cause }),
    );
    expect(formatted).toEqual({
      message: 'Something went wrong on our side.',
      path: ['viewer'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-1' },
    });
    expect(log).toContain('relation \\"orders\\" does not exist');
  });

  test('masks an error that only has one of our codes', () => {
    const cause = Object.assign(new Error('duplicate key'), { code: '23505' });
    expect(format(new GraphQLError(cause.message, { originalError: cause })).formatted.message).not.toContain(
      'key',
    );
  });

  test.each<[string, Error]>([
    [
      'refuses connections',
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
    ],
    [
      'does not respond at any of its addresses',
      new AggregateError([Object.assign(new Error('a'), { code: 'ETIMEDOUT' })]),
    ],
    ['is shut down', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['ends a connection', Object.assign(new Error('connection failure at 10.0.0.7'), { code: '08006' })],
    ['disconnects', new Error('Connection terminated unexpectedly')],
    ['has no connection free', new Error('timeout exceeded when trying to connect')],
  ])('reports a database that %s as unavailable, and logs it', (_, cause) => {
    const { formatted, log } = format(
      new GraphQLError(cause.message, { path: ['viewer'], originalError: cause }),
    );
    expect(formatted).toEqual({
      message: 'A part of the system is not available right now. Please try again.',
      path: ['viewer'],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
    });
    expect(log).toContain('"msg":"the database did not respond"');
    expect(log).toContain('"requestId":"request-1"');
  });

  test('masks an unexpected error whose message mentions a connection', () => {
    const cause = new Error('the Connection terminated unexpectedly');
    expect(format(new GraphQLError('x', { originalError: cause })).formatted.extensions).toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
    });
  });

  test('shortens messages that quote a huge input', () => {
    const error = new GraphQLError(`got invalid value ${'x'.repeat(100_000)}`, {
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(format(error).formatted.message.length).toBeLessThan(600);
  });
});
