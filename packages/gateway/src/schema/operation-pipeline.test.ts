import { composeServices } from '@apollo/composition';
import { HeaderMap } from '@apollo/server';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { GraphQLError, parse } from 'graphql';
import { pino } from 'pino';
import { DocumentLimits } from '../operation/limits/document-limits.js';
import { OperationRules } from '../operation/operation-rules.js';
import type { ExecutorResult } from '../request/executor-request.js';
import { OperationPipeline } from './operation-pipeline.js';
import { SupergraphGateway } from './supergraph-gateway.js';

/** A supergraph whose list has the largest size that a client may ask for. */
function supergraphSdl(sizeArgument: string): string {
  const typeDefs = parse(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
    type Query { list(first: Int, last: Int): [Item] @listSize(slicingArguments: ["${sizeArgument}"]) a: Int }
    type Item { id: ID }`);
  return composeServices([{ name: 'items', url: 'http://items', typeDefs }]).supergraphSdl!;
}

const lines: string[] = [];
const logger = pino(
  { base: null, timestamp: false, serializers: { err: ({ message }: Error) => message } },
  { write: (line: string) => void lines.push(line) },
);

/** Executes nothing, but has this outcome. */
class ScriptedGateway extends SupergraphGateway {
  outcome: () => Promise<ExecutorResult> = async () => ({ data: { a: 1 } });

  override execute(): Promise<ExecutorResult> {
    return this.outcome();
  }
}

let pipeline: OperationPipeline;
let gateway: ScriptedGateway;
async function start(): Promise<void> {
  gateway = new ScriptedGateway({
    supergraphSdl: supergraphSdl('first'),
    dataSourceOf: () => ({ send: () => Promise.reject(new Error('not served')) }),
    logger,
  });
  const settings = { production: true, cost: 50, persistedOperations: null };
  pipeline = new OperationPipeline(gateway, new OperationRules(settings, logger), logger);
  await pipeline.server.start();
}
afterEach(async () => {
  jest.restoreAllMocks();
  await pipeline.server.stop();
});

/** The response to an operation, as it is sent, and the lines that are logged. */
async function run(query: string, variables: Record<string, unknown> = {}) {
  lines.length = 0;
  const response = await pipeline.run({ query, variables }, { identity: ANONYMOUS, requestId: 'r' });
  const { status = 200, headers, result } = response;
  return { status, headers: [...headers], json: JSON.stringify(result), lines: [...lines] };
}

const withHead = (status: number, name: string) =>
  new GraphQLError(`status ${status}`, {
    extensions: { code: 'NOT_FOUND', http: { status, headers: new HeaderMap([[name, 'x']]) } },
  });

describe('the response of a prepared document is that of Apollo Server', () => {
  const fails = (thrown: unknown) => () => Promise.reject(thrown);
  const returns = (result: object) => async () => result as ExecutorResult;
  const outcomes: [string, () => Promise<ExecutorResult>][] = [
    ['an executor that throws an error', fails(new Error('internal'))],
    [
      'an executor that throws a GraphQLError',
      fails(new GraphQLError('no', { extensions: { code: 'FORBIDDEN' } })),
    ],
    ['an executor that throws an error with a status', fails(withHead(404, 'x-one'))],
    ['an executor that throws something else', fails('text')],
    ['errors with data', returns({ errors: [new GraphQLError('x', { path: ['a', 0] })], data: { a: null } })],
    ['errors without data', returns({ errors: [new GraphQLError('x', { nodes: parse('{ a }') })] })],
    ['errors with null data', returns({ data: null, errors: [new GraphQLError('x')] })],
    ['errors that are no GraphQLErrors', returns({ data: null, errors: [new Error('x'), { message: 'y' }] })],
    [
      'errors with statuses and headers',
      returns({ errors: [withHead(404, 'x-one'), withHead(409, 'x-two')] }),
    ],
    ['no errors in a list', returns({ data: { a: 1 }, errors: [] })],
    ['neither data nor errors', returns({})],
    ['extensions', returns({ extensions: { b: 1 }, data: { a: 1 } })],
  ];

  test.each(outcomes)('for %s', async (_, outcome) => {
    await start();
    gateway.outcome = outcome;
    const first = await run('{ a }');
    expect(pipeline.registry.lookups).toEqual({ hits: 0, misses: 1 });
    expect(await run('{ a }')).toEqual(first);
    expect(await run('{ a }')).toEqual(first);
    expect(pipeline.registry.lookups).toEqual({ hits: 2, misses: 1 });
  });
});

test('a document over a limit is measured once', async () => {
  await start();
  const measure = jest.spyOn(DocumentLimits.prototype, 'rejection');
  const text = `{ ${'a '.repeat(40)} }`;
  const first = await run(text);
  expect(first.status).toBe(400);
  expect(await run(text)).toEqual(first);
  expect(measure).toHaveBeenCalledTimes(1);
  expect(pipeline.registry.figures.size).toBe(0);
});

test('a document that is too expensive with its variables is measured once', async () => {
  await start();
  const measure = jest.spyOn(DocumentLimits.prototype, 'rejection');
  const text = 'query ($n: Int) { list(first: $n) { id } }';
  expect((await run(text, { n: 100 })).status).toBe(400);
  expect((await run(text, { n: 1 })).status).toBe(200);
  expect((await run(text, { n: 100 })).status).toBe(400);
  expect(measure).toHaveBeenCalledTimes(1);
});

test('a new supergraph measures the documents of the previous one again', async () => {
  await start();
  const text = 'query ($n: Int) { list(first: 1, last: $n) { id } }';
  for (let n = 0; n < 3; n += 1) expect((await run(text, { n: 100 })).status).toBe(200);
  await gateway.reload(supergraphSdl('last'));
  for (let n = 0; n < 3; n += 1) expect((await run(text, { n: 100 })).status).toBe(400);
});
