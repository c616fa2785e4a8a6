import { ANONYMOUS, TXN_TOKEN_HEADER } from '@kit/auth';

import { describe, expect, test } from '@jest/globals';
import { EDITOR, expiredTokenFor, tokenFor } from './testing/callers.js';
import { statementsOf } from './testing/statements.js';
import { withService } from './testing/with-service.js';

describe('the subgraph', () => {
  const running = withService();

  test.each([
    ['without a token', {}],
    ['with an empty token', { [TXN_TOKEN_HEADER]: '' }],
    ['with a token that is not a JWT', { [TXN_TOKEN_HEADER]: 'token' }],
    ['with an expired token', { [TXN_TOKEN_HEADER]: expiredTokenFor(EDITOR) }],
    ['with a token for another subgraph', { [TXN_TOKEN_HEADER]: tokenFor(EDITOR, 'users') }],
    [
      'with a token that is signed with another secret',
      {
        [TXN_TOKEN_HEADER]: tokenFor(
          EDITOR,
          'email-subscriptions',
          'another secret than that of this subgraph',
        ),
      },
    ],
    ['with an access token', { authorization: `Bearer ${tokenFor(EDITOR)}` }],
  ])('rejects a request %s without a query', async (_, headers) => {
    let result: unknown;
    const statements = await statementsOf(running.service, async () => {
      const mutation = 'mutation { addSubscriber(input: { email: "a@example.com" }) { created } }';
      result = await running.service.request(mutation, { headers });
    });
    expect(result).toEqual({
      status: 401,
      errors: [{ message: expect.any(String), extensions: { code: 'UNTRUSTED_CALLER' } }],
    });
    expect(statements).toEqual([]);
  });

  test('accepts an anonymous request with a token of the gateway', async () => {
    const { status, data } = await running.service.request('{ __typename }', { as: ANONYMOUS });
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });

  test('returns its health without a token, and does not listen for TCP messages without TCP_PORT', async () => {
    const response = await fetch(`${running.service.origin}/health/ready`);
    const { status, checks } = (await response.json()) as { status: string; checks: object };
    expect({ status, checks }).toEqual({ status: 'ready', checks: { database: 'up' } });
    expect(running.service.tcpPort).toBeUndefined();
  });
});
