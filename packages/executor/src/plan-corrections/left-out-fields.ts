import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import {
  getOperationAST,
  isAbstractType,
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { responseKey } from '../document-keys.js';
import { FetchedFields } from './fetched-fields.js';
import { withoutFragments } from '../document/fragments.js';
import { mapFetches } from './plan-fetches.js';
import { fragmentOn, TYPENAME, under } from '../document/selection-nodes.js';
import { includes, SelectedFields, type SelectedField } from './selected-fields.js';
import type { SubgraphTypes } from '../supergraph/subgraph-types.js';

/** Maximum number of fields that are added to a plan: each one for each combination of the types around it. */
const MAX_FIELDS = 2_000;

/** More fields would have to be added. */
class TooManyFields extends Error {
  override name = 'TooManyFields';
}

/**
 * Adds fields of abstract types that a plan leaves out although the subgraph of a fetch has them. When a field could
 * be fetched from several subgraphs, and one of them does not have a type, the planner drops the fragments on this
 * type: it assumes that all subgraphs return the same objects.
 */
export class LeftOutFields {
  private readonly fetched: FetchedFields;
  private found = 0;

  private constructor(
    private readonly plan: QueryPlan,
    private readonly operation: OperationDefinitionNode,
    private readonly selected: SelectedFields,
    private readonly schema: GraphQLSchema,
    private readonly types: SubgraphTypes,
  ) {
    this.fetched = new FetchedFields(plan);
  }

  /**
   * @param document the document that was planned
   * @param schema what clients see
   * @returns the same plan when more than {@link MAX_FIELDS} fields would be added
   */
  static add(
    plan: QueryPlan,
    document: DocumentNode,
    operationName: string | undefined,
    schema: GraphQLSchema,
    types: SubgraphTypes,
  ): QueryPlan {
    const operation = getOperationAST(document, operationName);
    if (!operation) return plan;
    const selected = new SelectedFields(document, operation, schema);
    if (!selected.returnsOneOf(types.inconsistent)) return plan;
    try {
      return new LeftOutFields(plan, operation, selected, schema, types).complete();
    } catch (error) {
      if (error instanceof TooManyFields) return plan;
      throw error;
    }
  }

  private complete(): QueryPlan {
    return mapFetches(this.plan, (fetch, path) => [this.completeFetch(fetch, path)]);
  }

  private completeFetch(fetch: FetchNode, path: string): FetchNode {
    const added: InlineFragmentNode[] = [];
    const complete = (set: SelectionSetNode, parent: string, isEntities: boolean): SelectionSetNode => ({
      ...set,
      selections: set.selections.map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return selection;
        if (selection.kind === Kind.INLINE_FRAGMENT)
          return { ...selection, selectionSet: complete(selection.selectionSet, parent, isEntities) };
        const at = isEntities ? parent : `${parent}.${responseKey(selection)}`;
        const completed = complete(selection.selectionSet, at, false);
        const fragments = isEntities ? [] : this.missingAt(at, fetch.serviceName);
        added.push(...fragments);
        return {
          ...selection,
          selectionSet: { ...completed, selections: [...completed.selections, ...fragments] },
        };
      }),
    });
    const document = withoutFragments(parse(fetch.operation, { noLocation: true }));
    const definitions = document.definitions.map((each) => {
      if (each.kind !== Kind.OPERATION_DEFINITION) return each;
      const selectionSet = complete(each.selectionSet, path, fetch.requires !== undefined);
      return { ...each, selectionSet };
    });
    if (added.length === 0) return fetch;
    const completed = this.withVariables(fetch, { ...document, definitions }, added);
    this.fetched.add(completed, path);
    return completed;
  }

  /** The selections of the document at a path, those that no fetch returns, and those that a subgraph can return. */
  private missingAt(path: string, subgraph: string): InlineFragmentNode[] {
    const place = this.selected.at(path);
    if (!place || place.type === null || !this.types.inconsistent.has(place.type)) return [];
    const members = this.types.membersOf(subgraph, place.type);
    const wrappers = this.wrappersByKey(place.sets, members, subgraph);
    return members.flatMap((type) => {
      const fields = this.selected.of(place.sets, type).flatMap((field) => {
        const { node } = field;
        const key = responseKey(node);
        if (wrappers.get(key)?.size !== 1) return [];
        const at = `${path}.${key}`;
        const isFetched = this.fetched.isFetched(at, (conditions) =>
          conditions.every((condition) => includes(this.schema, condition, type)),
        );
        const isKnown = isFetched || node.name.value.startsWith('__');
        return isKnown ? [] : (this.resolvable(subgraph, type, field) ?? []);
      });
      return fields.length > 0 ? [fragmentOn(type, fields)] : [];
    });
  }

  /** Fields of one key must agree on lists and nulls, which they may do in the supergraph but not in a subgraph. */
  private wrappersByKey(
    sets: readonly SelectionSetNode[],
    members: readonly string[],
    subgraph: string,
  ): ReadonlyMap<string, ReadonlySet<string>> {
    const wrappers = new Map<string, Set<string>>();
    for (const member of members) {
      for (const { node } of this.selected.of(sets, member)) {
        const type = this.types.typeOf(subgraph, member, node.name.value);
        if (type === undefined) continue;
        const key = responseKey(node);
        wrappers.set(key, (wrappers.get(key) ?? new Set()).add(type.replace(/\w+/, '')));
      }
    }
    return wrappers;
  }

  /** The field as one subgraph alone can resolve it; undefined when it cannot. */
  private resolvable(
    subgraph: string,
    type: string,
    { node, directives }: SelectedField,
  ): SelectionNode | undefined {
    this.found += 1;
    if (this.found > MAX_FIELDS) throw new TooManyFields();
    if (node.name.value.startsWith('__')) return under(directives, node);
    const returned = /\w+/.exec(this.types.typeOf(subgraph, type, node.name.value) ?? '')?.[0];
    if (returned === undefined) return undefined;
    if (!node.selectionSet) return under(directives, node);
    const isAbstract = isAbstractType(this.schema.getType(returned));
    const members = isAbstract ? this.types.membersOf(subgraph, returned) : [returned];
    const wrappers = this.wrappersByKey([node.selectionSet], members, subgraph);
    if ([...wrappers.values()].some(({ size }) => size > 1)) return undefined;
    const fragments = members.map((member) => {
      const fields = this.selected.of([node.selectionSet!], member);
      const found = fields.flatMap((each) => this.resolvable(subgraph, member, each) ?? []);
      return found.length === fields.length ? fragmentOn(member, [TYPENAME, ...found]) : undefined;
    });
    if (fragments.includes(undefined)) return undefined;
    const selections = [TYPENAME, ...(fragments as InlineFragmentNode[])];
    return under(directives, { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } });
  }

  private withVariables(
    fetch: FetchNode,
    document: DocumentNode,
    added: readonly InlineFragmentNode[],
  ): FetchNode {
    const used = new Set(fetch.variableUsages);
    for (const fragment of added) visit(fragment, { Variable: ({ name }) => void used.add(name.value) });
    const missing = (this.operation.variableDefinitions ?? []).filter(
      ({ variable }) => used.has(variable.name.value) && !fetch.variableUsages?.includes(variable.name.value),
    );
    const operation = visit(document, {
      OperationDefinition: (node) => ({
        ...node,
        variableDefinitions: [...(node.variableDefinitions ?? []), ...missing],
      }),
    });
    return {
      ...fetch,
      operation: stripIgnoredCharacters(print(operation)),
      variableUsages: [...used],
      ...(fetch.operationDocumentNode && { operationDocumentNode: operation }),
    };
  }
}
