import { createHash } from 'node:crypto';
import type { AuthContext } from '@kit/auth';
import {
  executeSync,
  GraphQLError,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { GeneratedSchema, Need } from './generated-schema.js';

type Result = ExecutionResult<Record<string, unknown>>;

/** Whether a viewer fails any of the needs. */
function isDenied(needs: readonly (Need | null)[], { viewer, scopes }: AuthContext): boolean {
  const isAnonymous = viewer === null && scopes.size === 0;
  return needs.some((need) => {
    if (need === null) return false;
    if (isAnonymous) return true;
    if (need === true) return false;
    return !need.some((all) => all.every((scope) => scopes.has(scope)));
  });
}

function needsOfType(schema: GeneratedSchema, name: string): (Need | null)[] {
  const concerned = schema.filter((type) => type.name === name || type.implementing.includes(name));
  return concerned.map(({ need }) => need);
}

/** Whether a viewer may not select a field on a type. */
export function isForbidden(
  schema: GeneratedSchema,
  auth: AuthContext,
  parent: string,
  field: string,
): boolean {
  if (field.startsWith('__')) return false;
  const named = schema.find(({ name }) => name === parent)!.fields.find(({ name }) => name === field)!.named;
  const inTypes = schema.filter((type) => type.name === parent || type.implementing.includes(parent));
  const ofField = inTypes.flatMap(({ fields }) => fields.filter(({ name }) => name === field));
  const needs = [
    ...needsOfType(schema, parent),
    ...ofField.map(({ need }) => need),
    ...needsOfType(schema, named),
  ];
  return isDenied(needs, auth);
}

/** The parent type of each selection in a document. */
export function parentsOf(document: DocumentNode, schema: GraphQLSchema): Map<FieldNode, string> {
  const types = new TypeInfo(schema);
  const parents = new Map<FieldNode, string>();
  visit(
    document,
    visitWithTypeInfo(types, { Field: (node) => void parents.set(node, types.getParentType()!.name) }),
  );
  return parents;
}

/** Executes a document without authorization, in place of a subgraph. Values depend only on the path and the seed. */
export function answerAll(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: object,
  seed: number,
): Result {
  return answer(schema, document, variables, seed, { ofField: () => {}, ofType: () => {} });
}

/** Executes a document with graphql-js and resolvers that throw for hidden fields. */
export function reference(
  generated: GeneratedSchema,
  auth: AuthContext,
  ...of: Parameters<typeof answerAll>
): Result {
  const [schema, document] = of;
  const parents = parentsOf(document, schema);
  const code = auth.viewer === null && auth.scopes.size === 0 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
  const denied = () => new GraphQLError('no', { extensions: { code } });
  return answer(...of, {
    ofField: (nodes) => {
      for (const node of nodes) {
        if (isForbidden(generated, auth, parents.get(node)!, node.name.value)) throw denied();
      }
    },
    ofType: (name) => {
      if (isDenied(needsOfType(generated, name), auth)) throw denied();
    },
  });
}

interface Checks {
  ofField(nodes: readonly FieldNode[]): void;
  ofType(name: string): void;
}

function answer(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: object,
  seed: number,
  checks: Checks,
): Result {
  const roll = (at: string, sides: number) =>
    createHash('sha1').update(`${seed} ${at}`).digest().readUInt16BE() % sides;
  const make = (of: GraphQLOutputType, at: string): unknown => {
    if (isNonNullType(of)) return make(of.ofType, at);
    if (isListType(of)) {
      const items = Array.from({ length: roll(`${at} length`, 4) }, (_, n) => `${at}/${n}`);
      return items.map((each) =>
        !isNonNullType(of.ofType) && roll(each, 5) === 0 ? null : make(of.ofType, each),
      );
    }
    if (isLeafType(of)) return of.name === 'E' ? 'X' : roll(at, 1_000);
    const types = isAbstractType(of) ? schema.getPossibleTypes(of) : [of];
    return { at, type: types[roll(at, types.length)]!.name };
  };
  return executeSync({
    schema,
    document,
    variableValues: variables as Record<string, unknown>,
    rootValue: { at: '' },
    fieldResolver: (source: { at: string }, _args, _context, info) => {
      checks.ofField(info.fieldNodes);
      const at = `${source.at}.${String(info.path.key)}`;
      if (!isNonNullType(info.returnType) && roll(`${at} null`, 6) === 0) return null;
      return make(info.returnType, at);
    },
    typeResolver: ({ type }: { type: string }, _context) => {
      checks.ofType(type);
      return type;
    },
  });
}
