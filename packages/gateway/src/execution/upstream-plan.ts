import type { Subgraph } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import { ResultShape, type ExecutableSchema } from '@kit/executor';
import type { UpstreamPlan } from '../request/upstream-plan.js';
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
  type OperationDefinitionNode,
} from 'graphql';

type Fields = readonly GraphQLField<unknown, unknown>[];

/**
 * Makes the planner's operation resumable if the field supports it. The result always selects the cursor, requests
 * bookmarks and takes the start cursor from a variable of the gateway, even if the client did so itself.
 * @param subgraph receives the operation. Fields that other subgraphs add to its types are not selected.
 */
export function planUpstream(
  primary: FetchNode,
  { api, inconsistentTypes }: Pick<ExecutableSchema, 'api' | 'inconsistentTypes'>,
  subgraph: Subgraph,
): UpstreamPlan {
  const document = parse(primary.operation, { noLocation: true });
  const operation = document.definitions[0] as OperationDefinitionNode;
  const field = operation.selectionSet.selections[0] as FieldNode;
  const definition = api.getSubscriptionType()!.getFields()[field.name.value]!;
  const type = getNamedType(definition.type);
  const operationName = primary.operationName;
  const plain = { operationName, field, definition };
  const own = isObjectType(type) ? ownFields(type, subgraph) : [];
  const nullables = isResumable(definition, own) ? nullablesOf(own) : [];
  if (nullables.length === 0) {
    const shape = new ResultShape(document, api, inconsistentTypes);
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
  const rewritten = rewrite(
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
    shape: new ResultShape(rewritten.document, api, inconsistentTypes),
    resumption: {
      variable: names.after,
      cursorOf: (data) => (eventOf(data)?.[names.cursor] as string | undefined) ?? null,
      withoutAddedErrors: ({ errors, ...event }) => {
        const clientErrors = errors?.filter(
          ({ path }) => !path?.some((key) => String(key).startsWith(names.prefix)),
        );
        return { ...event, ...(clientErrors && clientErrors.length > 0 && { errors: clientErrors }) };
      },
      isBookmark: (data) => {
        const event = eventOf(data);
        return event !== null && nullables.every((_, n) => event[names.nullable(n)] === null);
      },
    },
  };
}

/** Names for the gateway's additions. Their prefix does not occur in the operation. */
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

/** The client's variable in `after`, unless the document also uses it elsewhere. */
export function afterVariable(field: FieldNode, document: DocumentNode): string | null {
  const value = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, { Variable: (node) => void (node.name.value === name && (uses += 1)) });
  // One use is the declaration, the other one this argument.
  return uses === 2 ? name : null;
}

/** The fields of a type that the subgraph resolves itself. */
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

/** A selection for each nullable field of the event. */
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
  const added = (selectionSet.selections[0] as FieldNode).arguments ?? [];
  const names = new Set(added.map(({ name }) => name.value));
  return {
    ...field,
    arguments: [...(field.arguments ?? []).filter(({ name }) => !names.has(name.value)), ...added],
  };
}

/** Replaces the root field, adds the cursor variable and removes variables that are no longer used. */
function rewrite(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  field: FieldNode,
  variable: string,
): { document: DocumentNode; variables: string[] } {
  const selectionSet = { ...operation.selectionSet, selections: [field] };
  const others = document.definitions.filter((definition) => definition !== operation);
  const used = new Set<string>();
  const collect = { Variable: ({ name }: { name: { value: string } }) => void used.add(name.value) };
  for (const node of [selectionSet, ...(operation.directives ?? []), ...others]) visit(node, collect);
  const added = parse(`query ($${variable}: String) { field }`).definitions[0] as OperationDefinitionNode;
  const kept = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const variableDefinitions = [...kept, ...(added.variableDefinitions ?? [])];
  return {
    document: { ...document, definitions: [{ ...operation, selectionSet, variableDefinitions }, ...others] },
    variables: kept.map(({ variable }) => variable.name.value),
  };
}
