import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DirectiveNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

/** A field of an entity that is fetched after a plan. */
export interface StagedField {
  readonly path: readonly string[];
  readonly type: string;
  readonly subgraph: string;
  /** What the subgraph needs to know of the entity. */
  readonly selections: readonly SelectionNode[];
  readonly field: SelectionNode;
  /** Of the field and of the fragments around it. */
  readonly conditions: readonly DirectiveNode[];
}

/** The fetches after a plan. */
export class Stages {
  private readonly stages: Map<string, StagedField[]>[] = [];

  /** @param operation the client's, for the definitions of its variables and its directives */
  constructor(private readonly operation: OperationDefinitionNode) {}

  get isEmpty(): boolean {
    return this.stages.length === 0;
  }

  /** Fields of the same entities that need the same values under the same conditions have one fetch. */
  add(depth: number, field: StagedField): void {
    while (this.stages.length <= depth) this.stages.push(new Map());
    const stage = this.stages[depth]!;
    const { path, type, subgraph, selections, conditions } = field;
    const id = [path.join('.'), type, subgraph, ...selections.map(print), ...conditions.map(print)].join(' ');
    stage.set(id, [...(stage.get(id) ?? []), field]);
  }

  nodes(): PlanNode[] {
    return this.stages
      .filter(({ size }) => size > 0)
      .map((stage) => ({ kind: 'Parallel', nodes: [...stage.values()].map((fields) => this.node(fields)) }));
  }

  private node(fields: readonly StagedField[]): PlanNode {
    const [{ path, type, subgraph, selections }] = fields as [StagedField];
    const requires: QueryPlanSelectionNode[] = [
      { kind: 'InlineFragment', typeCondition: type, selections: selections.flatMap(planned) },
    ];
    const selected = fields.map(({ field }) => print(field)).join(' ');
    const fetch = this.fetch(`... on ${type} { ${selected} }`);
    const node: FetchNode = { ...fetch, kind: 'Fetch', serviceName: subgraph, requires };
    return path.length > 0 ? { kind: 'Flatten', path: [...path], node } : node;
  }

  private fetch(
    selection: string,
  ): Pick<FetchNode, 'operation' | 'operationKind' | 'operationName' | 'variableUsages'> {
    const directives = (this.operation.directives ?? []).map(print).join(' ');
    const used = new Set<string>();
    visit(parse(`query ${directives} {${selection}}`), { Variable: ({ name }) => void used.add(name.value) });
    const definitions = (this.operation.variableDefinitions ?? [])
      .filter(({ variable }) => used.has(variable.name.value))
      .map((each) => print({ ...each, directives: [] }));
    const variables = ['$representations: [_Any!]!', ...definitions].join(' ');
    const operation = `query(${variables}) ${directives} { _entities(representations: $representations) { ${selection} } }`;
    return {
      operation: stripIgnoredCharacters(operation),
      operationKind: OperationTypeNode.QUERY,
      operationName: undefined,
      variableUsages: [...used],
    };
  }
}

function planned(selection: SelectionNode): QueryPlanSelectionNode[] {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
  const selections = selection.selectionSet && {
    selections: selection.selectionSet.selections.flatMap(planned),
  };
  if (selection.kind === Kind.FIELD) return [{ kind: 'Field', name: selection.name.value, ...selections }];
  const condition = selection.typeCondition && { typeCondition: selection.typeCondition.name.value };
  return [{ kind: 'InlineFragment', ...condition, selections: [], ...selections }];
}
