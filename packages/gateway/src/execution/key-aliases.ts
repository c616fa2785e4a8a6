import {
  GraphQLError,
  Kind,
  parse,
  valueFromASTUntyped,
  visit,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import type { ExecutorRequest } from '../request/executor-request.js';
import type { Part } from '../operation/operation-part.js';

type Result = ExecutionResult<Record<string, unknown>>;

interface Renamed extends Part {
  /** The client's aliases, by their temporary names. */
  readonly originals: ReadonlyMap<string, string>;
}

/** A request with safe aliases, and a function that restores the client's keys in the result. */
export interface RenamedRequest {
  readonly request: ExecutorRequest;
  readonly restore: (result: Result) => Result;
}

const JOINS: ReadonlySet<string> = new Set(['join__type', 'join__field']);
const FIELD_SETS: ReadonlySet<string> = new Set(['key', 'requires']);

/**
 * Works around apollographql/federation#3036: Apollo's executor reads the key fields of an entity from the response
 * by name, so a client that selects `id: displayName` makes it look up the entity `Ada`. Aliases that equal a field
 * name in `@key` or `@requires` are renamed before planning and restored in the result.
 */
export class KeyAliases {
  /** Names of fields in `@key` and `@requires`. */
  private readonly names: ReadonlySet<string>;
  private readonly renamed = new WeakMap<OperationDefinitionNode, Renamed | null>();

  constructor(supergraphSdl: string) {
    this.names = namesInFieldSets(supergraphSdl);
  }

  of(request: ExecutorRequest): RenamedRequest {
    let renamed = this.renamed.get(request.operation);
    if (renamed === undefined) {
      renamed = this.rename(request);
      this.renamed.set(request.operation, renamed);
    }
    if (renamed === null) return { request, restore: (result) => result };
    const { originals, document, operation } = renamed;
    // Apollo caches plans by this hash.
    const queryHash = `${request.queryHash} renamed`;
    return {
      request: { ...request, document, operation, queryHash },
      restore: (result) => restored(result, originals),
    };
  }

  private rename({ document, operation }: ExecutorRequest): Renamed | null {
    const keys = new Set<string>();
    let hasConflict = false;
    visit(document, {
      Field: ({ alias, name }) => {
        keys.add(alias?.value ?? name.value);
        hasConflict ||= alias !== undefined && this.names.has(alias.value);
      },
    });
    if (!hasConflict) return null;
    let prefix = 'alias__';
    while ([...keys].some((key) => key.startsWith(prefix))) prefix += '_';
    const originals = new Map<string, string>();
    const renamed = visit(document, {
      Field: ({ alias, ...field }) => {
        if (!alias || !this.names.has(alias.value)) return undefined;
        const value = prefix + alias.value;
        originals.set(value, alias.value);
        return { ...field, alias: { ...alias, value } };
      },
    });
    const hasSameName = (name: string | undefined) => name === operation.name?.value;
    const found = renamed.definitions.find(
      (node): node is OperationDefinitionNode =>
        node.kind === Kind.OPERATION_DEFINITION && hasSameName(node.name?.value),
    );
    return { document: renamed, operation: found!, originals };
  }
}

function namesInFieldSets(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set<string>();
  visit(parse(supergraphSdl, { noLocation: true }), {
    Directive({ name, arguments: args = [] }) {
      if (!JOINS.has(name.value)) return;
      for (const { name: argument, value } of args) {
        if (!FIELD_SETS.has(argument.value)) continue;
        for (const [field] of String(valueFromASTUntyped(value)).matchAll(/\w+/g)) names.add(field);
      }
    },
  });
  return names;
}

function restored({ data, errors, ...others }: Result, originals: ReadonlyMap<string, string>): Result {
  const original = (key: string) => originals.get(key) ?? key;
  const value = (from: unknown): unknown => {
    if (Array.isArray(from)) return from.map(value);
    if (typeof from !== 'object' || from === null) return from;
    const to: Record<string, unknown> = Object.create(null);
    for (const [key, inside] of Object.entries(from)) to[original(key)] = value(inside);
    return to;
  };
  const error = (from: GraphQLError): GraphQLError => {
    const path = from.path?.map((key) => (typeof key === 'string' ? original(key) : key));
    if (!path?.some((key, n) => key !== from.path![n])) return from;
    const { message, extensions } = from;
    return new GraphQLError(message, { path, extensions });
  };
  return {
    ...others,
    ...(errors && { errors: errors.map(error) }),
    ...(data !== undefined && { data: value(data) as Result['data'] }),
  };
}
