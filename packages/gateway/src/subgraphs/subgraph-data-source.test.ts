import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ANONYMOUS, txnTokenKey, verifyTxnToken } from '@kit/auth';

import { buildSchema } from 'graphql';
import { pino } from 'pino';
import { attachMutationRules } from '../operation/mutation-rules.js';
import { systemClock } from '../request/clock.js';
import type { RequestContext } from '../request/request-context.js';
import { SubgraphUnavailable } from '../request/gateway-errors.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { requestFor } from './testing/request-for.js';
import { SubgraphClient } from './subgraph-client.js';
import { SubgraphDataSource } from './subgraph-data-source.js';
import { SubgraphGuard } from './subgraph-guard.js';
import { TxnTokens } from './txn-tokens.js';

const TIMEOUT_MS = 2_000;
const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const UNAVAILABLE = { code: 'SUBGRAPH_UNAVAILABLE' };
const logger = pino({ level: 'silent' });

/** The subgraph's responses in order. It repeats the last one. */
let script: (readonly [status: number, body: string] | 'hang up' | 'silence')[];
let received: IncomingHttpHeaders[];
let server: Server;
let client: SubgraphClient;
beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    received.push(request.headers);
    const [next] = script.length > 1 ? script.splice(0, 1) : script;
    if (next === 'hang up') request.socket.destroy();
    else if (next !== 'silence') response.writeHead(next![0]).end(next![1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const tokens = new TxnTokens('orders', SECRET);
  client = new SubgraphClient({ origin: `http://127.0.0.1:${port}`, path: '/graphql' }, tokens, TIMEOUT_MS);
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const schema = buildSchema(`
  type Query { viewer: Viewer }
  type Viewer { id: ID! }
  type Mutation { logout: Logout renew: Renewal }
  type Renewal { token: String }
  type Logout { revoked: Int! }`);
attachMutationRules(schema, new Map([['renew', { isCredential: false, deadlineMs: 4_000 }]]));
const GOOD = [200, '{"data":{"viewer":{"id":"1"}}}'] as const;

function source(operationTimeoutMs = 10_000): SubgraphDataSource {
  const guard = new SubgraphGuard(TIMEOUT_MS, new CircuitBreaker(systemClock), systemClock);
  return new SubgraphDataSource('orders', client, guard, operationTimeoutMs, systemClock, logger);
}

const contextOf = (): RequestContext => ({ identity: ANONYMOUS, requestId: 'r' });

const fetchOf = (query: string, context = contextOf()) => requestFor(query, schema, context);

describe('a fetch from a subgraph', () => {
  test('that is too large for the subgraph is a client error, and is not sent', async () => {
    script = [GOOD];
    // Each number has five characters in the client's request.
    const variables = { d: Array.from({ length: 206_000 }, () => 1e20) };
    const request = fetchOf('{ viewer { id } }');
    const body = JSON.stringify({ variables });
    const { data, errors } = await source().send({ ...request, body });
    expect([data, errors]).toMatchObject([
      null,
      [{ extensions: { code: 'BAD_USER_INPUT', limit: 'fetchBody', value: expect.any(Number) } }],
    ]);
    expect(received).toEqual([]);
  });

  test('that is rejected as too large never opens the circuit breaker', async () => {
    script = [[413, '{"statusCode":413}']];
    const fetches = source();
    for (let n = 0; n < 60; n += 1)
      await expect(fetches.send(fetchOf('{ viewer { id } }'))).rejects.toThrow(SubgraphUnavailable);
    script = [GOOD];
    expect(await fetches.send(fetchOf('{ viewer { id } }'))).toEqual(JSON.parse(GOOD[1]));
  });

  test.each([
    ['a closed connection', 'hang up' as const],
    ['status 502', [502, '<html>'] as const],
    ['status 503', [503, '{"errors":[]}'] as const],
    ['status 504', [504, ''] as const],
  ])('is retried after %s for a query, but not for a mutation', async (_, fault) => {
    script = [fault, GOOD];
    expect(await source().send(fetchOf('query { viewer { id } }'))).toEqual(JSON.parse(GOOD[1]));
    expect(received.length).toBe(2);
    script = [fault, GOOD];
    const mutation = source().send(fetchOf('mutation { logout { revoked } }'));
    await expect(mutation).rejects.toMatchObject({ extensions: UNAVAILABLE });
    expect(received.length).toBe(3);
  });

  test.each([
    ['status 500', [500, '{"data":null}'] as const],
    ['a redirect', [302, ''] as const],
    ['a body that is not JSON', [200, 'nonsense'] as const],
    ['a list', [200, '[1]'] as const],
    ['null', [200, 'null'] as const],
    ['invalid errors', [200, '{"errors":"many"}'] as const],
    ['data of another shape', [200, '{"data":{"viewer":5}}'] as const],
    ['a rejected token', [401, '{"errors":[{"message":"x"}]}'] as const],
  ])('is not retried after %s, and fails with an error without details', async (_, fault) => {
    script = [fault];
    await expect(source().send(fetchOf('{ viewer { id } }'))).rejects.toMatchObject({
      message: 'A part of the system is not available right now. Please try again.',
      extensions: UNAVAILABLE,
    });
    expect(received.length).toBe(1);
  });

  test('sends only the headers that the gateway sets, including the timeout', async () => {
    script = [GOOD];
    await source().send(fetchOf('{ viewer { id } }'));
    expect(Object.keys(received[0]!).sort()).toEqual(
      [
        'connection',
        'content-length',
        'content-type',
        'host',
        'txn-token',
        'x-request-id',
        'x-timeout-ms',
      ].sort(),
    );
    expect(received[0]!['x-timeout-ms']).toBe(String(TIMEOUT_MS));
  });

  test('sends the origin with a mutation but not with a query', async () => {
    script = [GOOD];
    const origin = { ip: '192.0.2.1', userAgent: 'Firefox' };
    let asked = 0;
    const context = { ...contextOf(), origin: () => ((asked += 1), origin) };
    for (const query of ['{ viewer { id } }', 'query($representations:[_Any!]!){_entities{__typename}}']) {
      await source()
        .send(fetchOf(query, context))
        .catch(() => {});
    }
    expect(asked).toBe(0);
    await source()
      .send(fetchOf('mutation { logout { revoked } }', context))
      .catch(() => {});
    await source().send(fetchOf('{ viewer { id } }', context));
    const keys = [txnTokenKey(SECRET)];
    const origins = received.map((headers) => verifyTxnToken(headers['txn-token'], 'orders', keys).origin);
    expect(origins).toEqual([undefined, undefined, origin, undefined]);
    expect(new Set(received.map((headers) => headers['txn-token'])).size).toBe(2);
  });

  test('shares the time limit of its operation with the other fetches', async () => {
    script = [GOOD];
    const context = contextOf();
    context.deadline = Date.now() + 700;
    await source().send(fetchOf('{ viewer { id } }', context));
    expect(Number(received[0]!['x-timeout-ms'])).toBeLessThanOrEqual(700);
    context.deadline = Date.now();
    const late = source().send(fetchOf('{ viewer { id } }', context));
    await expect(late).rejects.toMatchObject({ extensions: UNAVAILABLE });
    expect(received.length).toBe(1);
  });

  test('with a mutation that has a deadline shortens the time limit of its operation', async () => {
    script = [[200, '{"data":{"renew":{"token":null},"mine":null}}']];
    const guard = new SubgraphGuard(12_000, new CircuitBreaker(systemClock), systemClock);
    const fetches = new SubgraphDataSource('orders', client, guard, 15_000, systemClock, logger);
    const context = contextOf();
    const send = async (query: string) => {
      await fetches.send(fetchOf(query, context)).catch(() => {});
      return Number(received.at(-1)!['x-timeout-ms']);
    };
    const word = 'mutation{add(input:{name:"renew"}){created} renew:logout{revoked}}';
    for (const other of ['{viewer{id}}', word]) expect(await send(other)).toBe(12_000);
    const renewal = 'mutation{mine:renew(input:{token:"x"}){token}}';
    for (const next of [renewal, '{viewer{id}}']) expect(await send(next)).toBeLessThanOrEqual(4_000);
    const inAHurry = { ...contextOf(), deadline: Date.now() + 900 };
    await fetches.send(fetchOf('mutation{renew{token}}', inAHurry)).catch(() => {});
    expect(Number(received.at(-1)!['x-timeout-ms'])).toBeLessThanOrEqual(900);
  });

  test('is aborted when the time limit of its operation has passed', async () => {
    script = ['silence'];
    const post = jest.spyOn(client, 'post');
    const late = source(100).send(fetchOf('{ viewer { id } }'));
    await expect(late).rejects.toMatchObject({ extensions: UNAVAILABLE });
    const timeoutMs = post.mock.calls[0]![3];
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThanOrEqual(100);
  });
});
