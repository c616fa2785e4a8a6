import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { createLogger, currentRequestId, LARGEST_LIVE_MESSAGE } from '@kit/service';

import { buildSchema, parse, type ExecutionResult } from 'graphql';
import { clientErrors } from './client-errors.js';
import { LiveExecution, type LiveContext } from './execution.js';
import { PushedEvents } from '../testing/pushed-events.js';

const schema = buildSchema('type Query { text: String } type Subscription { happened: Int!, text: String }');
const contextValue: LiveContext = { auth: ANONYMOUS, requestId: 'one operation' };

describe('an operation over WebSocket', () => {
  const log: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => log.push(line) });
  const execution = new LiveExecution(clientErrors(logger));
  const subscribe = async (source: AsyncIterable<unknown>) =>
    (await execution.subscribe({
      schema,
      document: parse('subscription { happened }'),
      contextValue,
      subscribeFieldResolver: () => source,
    })) as AsyncIterableIterator<ExecutionResult>;

  test('executes each event with its own context and the request id of the operation', async () => {
    const seen = new Set<object>();
    const events = new PushedEvents<{ happened: unknown }>();
    const results = await subscribe(events);
    const happened = (_: unknown, context: LiveContext) => {
      expect(context).toEqual(contextValue);
      expect(currentRequestId()).toBe('one operation');
      return seen.add(context).size;
    };
    for (const expected of [1, 2, 3]) {
      events.push({ happened });
      expect(await results.next()).toEqual({ value: { data: { happened: expected } }, done: false });
    }
  });

  test('continues after an event with an error, and masks the error', async () => {
    const events = new PushedEvents<{ happened: unknown }>();
    const results = await subscribe(events);
    events.push({
      happened: () => {
        throw new Error('connection to 10.0.0.1 refused');
      },
    });
    events.push({ happened: 2 });
    const { value } = (await results.next()) as { value: ExecutionResult };
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      data: null,
      errors: [
        {
          message: 'Something went wrong on our side.',
          path: ['happened'],
          locations: [{ line: 1, column: 16 }],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'one operation' },
        },
      ],
    });
    expect(log.join('')).toContain('10.0.0.1');
    expect(await results.next()).toEqual({ value: { data: { happened: 2 } }, done: false });
  });

  test('ends with a masked error when its source fails', async () => {
    const broken = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error('relation "x" does not exist')),
      }),
    };
    const results = await subscribe(broken);
    await expect(results.next()).rejects.toMatchObject({
      message: 'Something went wrong on our side.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'one operation' },
    });
  });

  const TOO_LARGE = {
    message: expect.stringMatching(/larger than \d+ bytes/),
    extensions: { code: 'BAD_USER_INPUT' },
  };
  /** Has twice as many bytes in UTF-8. */
  const tooLong = 'ü'.repeat(LARGEST_LIVE_MESSAGE / 2);

  test('ends at an event that is too large for the gateway, and closes its source', async () => {
    const events = new PushedEvents<{ text: string }>();
    const results = (await execution.subscribe({
      schema,
      document: parse('subscription { text }'),
      contextValue,
      subscribeFieldResolver: () => events,
    })) as AsyncIterableIterator<ExecutionResult>;
    const long = tooLong.slice(1_000);
    events.push({ text: long });
    expect(await results.next()).toEqual({ value: { data: { text: long } }, done: false });
    events.push({ text: tooLong });
    await expect(results.next()).rejects.toMatchObject(TOO_LARGE);
    expect(events.isReturned).toBe(true);
  });

  test('returns an error instead of a result that is too large for the gateway', async () => {
    const { data, errors } = await execution.execute({
      schema,
      document: parse('{ text }'),
      rootValue: { text: tooLong },
      contextValue,
    });
    expect(data).toBe(undefined);
    expect(errors).toMatchObject([TOO_LARGE]);
  });

  test('closes its source at once while it waits for an event', async () => {
    const events = new PushedEvents();
    const results = await subscribe(events);
    const waiting = results.next();
    expect(await results.return!()).toEqual({ value: undefined, done: true });
    expect(events.isReturned).toBe(true);
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
