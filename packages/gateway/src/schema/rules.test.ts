import { buildSchema as buildSupergraph } from '@apollo/federation-internals';
import { expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import * as fc from 'fast-check';
import {
  buildSchema,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import type { ExecutorRequest } from '../request/executor-request.js';
import { coerceVariables } from '../operation/variables.js';
import { Authorization } from '../operation/authorization/authorization.js';
import { Dice } from '../operation/authorization/testing/dice.js';
import { generateOperation } from '../operation/authorization/testing/generated-operation.js';
import {
  generateSchema,
  SCOPES,
  supergraphOf,
  typesAsSdl,
} from '../operation/authorization/testing/generated-schema.js';
import {
  answerAll,
  isForbidden,
  parentsOf,
  reference,
} from '../operation/authorization/testing/reference.js';

const RUNS = Number(process.env['AUTHORIZATION_RUNS'] ?? 600);
const UNUSED = new Set(['NoUnusedVariablesRule', 'NoUnusedFragmentsRule']);
const RULES = specifiedRules.filter(({ name }) => !UNUSED.has(name));

const contexts: fc.Arbitrary<AuthContext> = fc
  .tuple(fc.boolean(), fc.subarray(SCOPES))
  .map(([isPerson, scopes]) => ({
    viewer: isPerson ? { userId: 'u', sessionId: 's' } : null,
    scopes: new Set(scopes),
  }));

const worlds = fc
  .tuple(
    fc.uint8Array({ minLength: 80, maxLength: 200 }),
    fc.uint8Array({ minLength: 10, maxLength: 120 }),
    contexts,
    fc.record({ x: fc.boolean(), y: fc.boolean(), n: fc.nat(3) }),
    fc.nat(1_000),
  )
  .map(([forSchema, forOperation, auth, variables, seed]) => {
    const generated = generateSchema(new Dice(forSchema));
    const text = generateOperation(new Dice(forOperation), generated);
    return { generated, text, auth, variables, seed };
  });

/** Codes and paths of the errors, without list indices. */
const errorSummaries = ({ errors }: ExecutionResult) =>
  [
    ...new Set(
      errors?.map(
        ({ extensions, path }) =>
          `${String(extensions['code'])} ${path?.filter((key) => typeof key === 'string').join('.')}`,
      ),
    ),
  ].sort();

test('returns the same data, nulls and errors as a reference execution', async () => {
  let hidden = 0;
  const property = fc.asyncProperty(worlds, async ({ generated, text, auth, variables, seed }) => {
    const schema = buildSchema(typesAsSdl(generated, false));
    const document = parse(text);
    fc.pre(validate(schema, document, RULES).length === 0);
    const supergraph = buildSupergraph(supergraphOf(typesAsSdl(generated, true)));
    const authorization = new Authorization(schema, supergraph);
    const operation = document.definitions[0] as OperationDefinitionNode;
    const request = {
      document,
      operation,
      queryHash: 'h',
      request: { variables },
    } as unknown as ExecutorRequest;

    const withheld = authorization.check(request, auth);
    let executed: DocumentNode | null = null;
    const result = withheld
      ? await withheld.execute(
          request,
          coerceVariables(schema, request).variables!,
          auth,
          async (visible) => {
            executed = visible.document;
            return answerAll(schema, visible.document, variables, seed);
          },
        )
      : answerAll(schema, document, variables, seed);

    const expected = reference(generated, auth, schema, document, variables, seed);
    expect(JSON.stringify(result.data)).toBe(JSON.stringify(expected.data));
    expect(errorSummaries(result)).toEqual(errorSummaries(expected));
    if (!executed) return;
    expect(validate(schema, executed)).toEqual([]);
    for (const [node, parent] of parentsOf(executed, schema)) {
      expect(isForbidden(generated, auth, parent, node.name.value)).toBe(false);
    }
    hidden += expected.errors ? 1 : 0;
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  // Guards against generated cases that hide nothing.
  expect(hidden).toBeGreaterThan(RUNS / 20);
}, 120_000);
