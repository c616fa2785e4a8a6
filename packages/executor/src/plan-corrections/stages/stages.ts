import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  getOperationAST,
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import { withoutFragments } from '../../document/fragments.js';
import { rootFields } from '../../document/root-field-order.js';
import { responseKey } from '../../document-keys.js';

/** A field of an entity that is fetched after a plan. */
export interface StagedField {
  readonly path: readonly string[];
  readonly type: string;
  readonly subgraph: string;
  /** The key and the required values of the entity. */
  readonly selections: readonly SelectionNode[];
  /** With the conditions of the fragments around it. */
  readonly field: SelectionNode;
}

/** The fetches after a plan. */
export class Stages {
  private readonly stages: Map<string, StagedField[]>[] = [];
  /** How many fetches have names. */
  private fetches = 0;

  /** @param operation the client's, for the definitions of its variables and its directives */
  constructor(private readonly operation: OperationDefinitionNode) {}

  /** Fields of the same entities that need the same values have one fetch. */
  add(depth: number, field: StagedField): void {
    while (this.stages.length <= depth) this.stages.push(new Map());
    const stage = this.stages[depth]!;
    const { path, type, subgraph, selections } = field;
    const id = [path.join('.'), type, subgraph, ...selections.map(print)].join(' ');
    stage.set(id, [...(stage.get(id) ?? []), field]);
  }

  /** The plan, with the stages after it; those of a mutation are before the next one. */
  addTo(plan: QueryPlan): QueryPlan {
    const { node } = plan;
    if (node?.kind === 'Subscription') {
      const rest = inSequence([...(node.rest ? [node.rest] : []), ...this.nodes()]);
      return { ...plan, node: { ...node, rest } };
    }
    if (this.operation.operation !== OperationTypeNode.MUTATION)
      return { ...plan, node: inSequence([...(node ? [node] : []), ...this.nodes()]) };
    const steps = node?.kind === 'Sequence' ? node.nodes : [node!];
    const nodes: PlanNode[] = [];
    let keys: readonly string[] = [];
    for (const step of steps) {
      const mutations = mutationsOf(step);
      if (mutations.length > 0) {
        nodes.push(...this.nodes(keys));
        keys = mutations;
      }
      nodes.push(step);
    }
    return { ...plan, node: inSequence([...nodes, ...this.nodes(keys)]) };
  }

  /** @param keys of the root fields; of all when it is omitted */
  private nodes(keys?: readonly string[]): PlanNode[] {
    return this.stages.flatMap((stage): PlanNode[] => {
      const chosen = [...stage.values()].filter(([first]) => !keys || keys.includes(first!.path[0]!));
      return chosen.length > 0
        ? [{ kind: 'Parallel', nodes: chosen.map((fields) => this.node(fields)) }]
        : [];
    });
  }

  private node(fields: readonly StagedField[]): PlanNode {
    const [{ path, type, subgraph, selections }] = fields as [StagedField];
    const requires: QueryPlanSelectionNode[] = [
      { kind: 'InlineFragment', typeCondition: type, selections: selections.flatMap(planned) },
    ];
    const selected = fields.map(({ field }) => print(field)).join(' ');
    const fetch = this.fetch(`... on ${type} { ${selected} }`, subgraph);
    const node: FetchNode = { ...fetch, kind: 'Fetch', serviceName: subgraph, requires };
    return path.length > 0 ? { kind: 'Flatten', path: [...path], node } : node;
  }

  private fetch(
    selection: string,
    subgraph: string,
  ): Pick<FetchNode, 'operation' | 'operationKind' | 'operationName' | 'variableUsages'> {
    const directives = (this.operation.directives ?? []).map(print).join(' ');
    const used = new Set<string>();
    visit(parse(`query ${directives} {${selection}}`), { Variable: ({ name }) => void used.add(name.value) });
    const definitions = (this.operation.variableDefinitions ?? [])
      .filter(({ variable }) => used.has(variable.name.value))
      .map((each) => print({ ...each, directives: [] }));
    const variables = ['$representations: [_Any!]!', ...definitions].join(' ');
    const { name } = this.operation;
    const operationName =
      name && `${name.value}__${subgraph.replaceAll(/\W/g, '')}__computed${(this.fetches += 1)}`;
    const operation = `query ${operationName ?? ''}(${variables}) ${directives} { _entities(representations: $representations) { ${selection} } }`;
    return {
      operation: stripIgnoredCharacters(operation),
      operationKind: OperationTypeNode.QUERY,
      operationName,
      variableUsages: [...used],
    };
  }
}

function inSequence(nodes: PlanNode[]): PlanNode {
  return { kind: 'Sequence', nodes };
}

/** The keys of the root fields that a step of a mutation's plan executes. */
function mutationsOf(node: PlanNode): readonly string[] {
  if (node.kind === 'Condition')
    return [node.ifClause, node.elseClause].flatMap((each) => (each ? mutationsOf(each) : []));
  if (node.kind !== 'Fetch' || node.operationKind !== OperationTypeNode.MUTATION) return [];
  const document = withoutFragments(parse(node.operation, { noLocation: true }));
  const roots = getOperationAST(document)!.selectionSet;
  return rootFields(roots).flatMap((each) => (each.kind === Kind.FIELD ? [responseKey(each)] : []));
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
