import { ANONYMOUS } from '@supergraph/auth-context/auth-context';
import { TXN_TOKEN_HEADER } from '@supergraph/auth-context/txn-token';
import { describe, expect, test } from '@jest/globals';
import { EDITOR, expiredTokenFor, tokenFor } from './testing/callers.js';
import { statementsOf } from './testing/statements.js';
import { withService } from './testing/with-service.js';

describe('the subgraph', () => {
  const running = withService();

  test.each([
    ['without a token', {}],
    ['with an empty token', { [TXN_TOKEN_HEADER]: '' }],
    ['with no JWT', { [TXN_TOKEN_HEADER]: 'token' }],
    ['with an expired token', { [TXN_TOKEN_HEADER]: expiredTokenFor(EDITOR) }],
    ['with a token for another subgraph', { [TXN_TOKEN_HEADER]: tokenFor(EDITOR, 'users') }],
    [
      'with a token that somebody else signed',
      {
        [TXN_TOKEN_HEADER]: tokenFor(
          EDITOR,
          'email-subscriptions',
          'not the secret of this subgraph: another',
        ),
      },
    ],
    ['with an access token', { authorization: `Bearer ${tokenFor(EDITOR)}` }],
  ])('refuses a request %s, and runs nothing of it', async (_, headers) => {
    let answer: unknown;
    const statements = await statementsOf(running.service, async () => {
      const mutation = 'mutation { addSubscriber(input: { email: "a@example.com" }) { created } }';
      answer = await running.service.ask(mutation, { headers });
    });
    expect(answer).toEqual({
      status: 401,
      errors: [{ message: expect.any(String), extensions: { code: 'UNTRUSTED_CALLER' } }],
    });
    expect(statements).toEqual([]);
  });

  test('answers an anonymous caller whom the gateway vouches for', async () => {
    const { status, data } = await running.service.ask('{ __typename }', { as: ANONYMOUS });
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });

  test('is healthy without a token', async () => {
    const response = await fetch(`${running.service.origin}/health/ready`);
    expect(await response.json()).toMatchObject({ status: 'ready', checks: { database: 'up' } });
  });
});
