import type { Subgraph } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import { ResultShape } from '../../supergraph/graphql-result.js';
import type { UpstreamEvent } from './upstream-event.js';
import {
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

type Fields = readonly GraphQLField<unknown, unknown>[];

/** What to send to a subgraph to subscribe there. */
export interface UpstreamPlan {
  readonly query: string;
  readonly operationName: string | undefined;
  /** The client's variables that it uses. */
  readonly variables: readonly string[];
  /** The field that is subscribed to, with the client's arguments. */
  readonly field: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
  /** What its events look like. */
  readonly shape: ResultShape;
  /** How to go on from an event; null when the field cannot be resumed. */
  readonly resumption: Resumption | null;
}

/** Where in what the subgraph sends the cursor is, and by what a bookmark is told from an event. */
export interface Resumption {
  /** The variable of ours that takes the cursor to go on from. */
  readonly variable: string;
  /** Null for what has no cursor. */
  cursorOf(data: Record<string, unknown> | null | undefined): string | null;
  /** The event without errors about what only we have asked for. */
  asAskedFor(event: UpstreamEvent): UpstreamEvent;
  /** A bookmark carries only a cursor: every field that may be null is. */
  isBookmark(data: Record<string, unknown> | null | undefined): boolean;
}

/**
 * The planner's operation, made resumable if the field is: it asks for the cursor of each event, for bookmarks, and
 * takes the cursor to start from as a variable of ours, whatever of that the client has asked for itself.
 * @param schema what clients see
 * @param subgraph the one that the operation goes to: it is asked for nothing that others add to its events
 */
export function planUpstream(primary: FetchNode, schema: GraphQLSchema, subgraph: Subgraph): UpstreamPlan {
  const document = parse(primary.operation, { noLocation: true });
  const operation = document.definitions[0] as OperationDefinitionNode;
  const field = operation.selectionSet.selections[0] as FieldNode;
  const definition = schema.getSubscriptionType()!.getFields()[field.name.value]!;
  const type = getNamedType(definition.type);
  const operationName = primary.operationName;
  const plain = { operationName, field, definition };
  const own = isObjectType(type) ? ownFields(type, subgraph) : [];
  const nullables = isResumable(definition, own) ? nullablesOf(own) : [];
  if (nullables.length === 0) {
    const shape = new ResultShape(document, schema);
    return {
      ...plain,
      query: primary.operation,
      variables: primary.variableUsages ?? [],
      shape,
      resumption: null,
    };
  }
  const names = unusedNames(primary.operation);
  const selections = nullables.map((selection, n) => `${names.nullable(n)}: ${selection}`);
  const resumable = withSelections(field, [`${names.cursor}: cursor`, ...selections]);
  const rewritten = forUs(
    document,
    operation,
    withArguments(resumable, [`after: $${names.after}`, 'bookmarks: true']),
    names.after,
  );
  const key = field.alias?.value ?? field.name.value;
  const eventOf = (data: Record<string, unknown> | null | undefined) =>
    (data?.[key] ?? null) as Record<string, unknown> | null;
  return {
    ...plain,
    query: print(rewritten.document),
    variables: rewritten.variables,
    shape: new ResultShape(rewritten.document, schema),
    resumption: {
      variable: names.after,
      cursorOf: (data) => (eventOf(data)?.[names.cursor] as string | undefined) ?? null,
      asAskedFor: ({ errors, ...event }) => {
        const theirs = errors?.filter(
          ({ path }) => !path?.some((key) => String(key).startsWith(names.prefix)),
        );
        return { ...event, ...(theirs && theirs.length > 0 && { errors: theirs }) };
      },
      isBookmark: (data) => {
        const event = eventOf(data);
        return event !== null && nullables.every((_, n) => event[names.nullable(n)] === null);
      },
    },
  };
}

/** Names for what the gateway adds to an operation. They begin with a prefix that occurs nowhere in it. */
function unusedNames(operation: string) {
  let prefix = 'live__';
  while (operation.includes(prefix)) prefix += '_';
  return {
    prefix,
    cursor: `${prefix}cursor`,
    after: `${prefix}after`,
    nullable: (n: number) => `${prefix}sign${n}`,
  };
}

/** The variable that a client gives `after` with, unless its document uses it for anything else, too. */
export function afterVariable(field: FieldNode, document: DocumentNode): string | null {
  const value = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, { Variable: (node) => void (node.name.value === name && (uses += 1)) });
  // Once where it is declared, and once here.
  return uses === 2 ? name : null;
}

/** The fields of a type that a subgraph resolves itself. */
function ownFields(type: GraphQLObjectType, subgraph: Subgraph): Fields {
  const known = subgraph.schema.type(type.name);
  if (known?.kind !== 'ObjectType') return [];
  return Object.values(type.getFields()).filter(({ name }) => {
    const field = known.field(name);
    return field !== undefined && !subgraph.metadata().isFieldExternal(field);
  });
}

function isResumable({ args }: GraphQLField<unknown, unknown>, own: Fields): boolean {
  const takes = (name: string, named: string) =>
    args.some((argument) => argument.name === name && getNamedType(argument.type).name === named);
  const cursor = own.find(({ name }) => name === 'cursor');
  return (
    takes('after', 'String') &&
    takes('bookmarks', 'Boolean') &&
    cursor !== undefined &&
    isNonNullType(cursor.type) &&
    getNamedType(cursor.type).name === 'String'
  );
}

/** A selection for each field of the event that may be null. */
function nullablesOf(own: Fields): string[] {
  return own
    .filter(
      ({ type: of, args }) => !isNonNullType(of) && !args.some((argument) => isNonNullType(argument.type)),
    )
    .map(({ name, type: of }) => (isLeafType(getNamedType(of)) ? name : `${name} { __typename }`));
}

function withSelections(field: FieldNode, selections: readonly string[]): FieldNode {
  const { selectionSet } = parse(`{ ${selections.join(' ')} }`).definitions[0] as OperationDefinitionNode;
  return {
    ...field,
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...(field.selectionSet?.selections ?? []), ...selectionSet.selections],
    },
  };
}

function withArguments(field: FieldNode, given: readonly string[]): FieldNode {
  const { selectionSet } = parse(`{ field(${given.join(', ')}) }`).definitions[0] as OperationDefinitionNode;
  const ours = (selectionSet.selections[0] as FieldNode).arguments ?? [];
  const names = new Set(ours.map(({ name }) => name.value));
  return {
    ...field,
    arguments: [...(field.arguments ?? []).filter(({ name }) => !names.has(name.value)), ...ours],
  };
}

/** The document with another root field, with our variable and without those that nothing uses any more. */
function forUs(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  field: FieldNode,
  variable: string,
): { document: DocumentNode; variables: string[] } {
  const selectionSet = { ...operation.selectionSet, selections: [field] };
  const others = document.definitions.filter((definition) => definition !== operation);
  const used = new Set<string>();
  const note = { Variable: ({ name }: { name: { value: string } }) => void used.add(name.value) };
  visit(selectionSet, note);
  for (const definition of others) visit(definition, note);
  const ours = parse(`query ($${variable}: String) { field }`).definitions[0] as OperationDefinitionNode;
  const kept = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const variableDefinitions = [...kept, ...(ours.variableDefinitions ?? [])];
  return {
    document: { ...document, definitions: [{ ...operation, selectionSet, variableDefinitions }, ...others] },
    variables: kept.map(({ variable }) => variable.name.value),
  };
}
