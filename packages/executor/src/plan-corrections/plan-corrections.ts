import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import { parse, print, stripIgnoredCharacters, type DocumentNode, type GraphQLSchema } from 'graphql';
import { hasEmptyInterface } from './empty-interfaces.js';
import { RequirementFields } from './requirement-fields.js';
import { Requirements } from './requirements.js';
import { resolvableKeysFirst } from './resolvable-keys.js';
import { splitFetch } from './split-fetch.js';
import { unplannedField } from './unplanned-field.js';

/**
 * Corrects the plans of `@apollo/query-planner` where they give wrong results. The planner plans with another
 * supergraph, and its plans are changed to fit the real one. See decision 51.
 */
export class PlanCorrections {
  private constructor(
    /** The supergraph to plan with. It may have fields that no client can ask for. */
    readonly supergraphSdl: string,
    private readonly fields: RequirementFields,
    private readonly requirements: Requirements,
    private readonly mayLeaveOutFields: boolean,
  ) {}

  static of(supergraphSdl: string): PlanCorrections {
    const real = parse(supergraphSdl);
    const { supergraph, fields } = RequirementFields.add(resolvableKeysFirst(real));
    return new PlanCorrections(
      supergraph === real ? supergraphSdl : print(supergraph),
      fields,
      new Requirements(supergraph),
      hasEmptyInterface(supergraph),
    );
  }

  /**
   * The plan for the subgraphs. In the requirements of its fetches, a field is read from the response key `alias`
   * (`name` without an alias), and its name in the representation is `name`.
   */
  correct(plan: QueryPlan): QueryPlan {
    if (this.fields.originals.size === 0 || !plan.node) return plan;
    const { node } = plan;
    if (node.kind !== 'Subscription') return { ...plan, node: this.correctNode(node) };
    const rest = node.rest && this.correctNode(node.rest);
    return { ...plan, node: { ...node, primary: this.restoreFetch(node.primary), ...(rest && { rest }) } };
  }

  /**
   * A field that no fetch of a plan returns, such as `Query.node`: no subgraph can resolve it. The planner leaves it
   * out without an error.
   * @param document the document that was planned
   */
  unplannedField(
    plan: QueryPlan,
    document: DocumentNode,
    operationName: string | undefined,
    schema: GraphQLSchema,
  ): string | undefined {
    return this.mayLeaveOutFields ? unplannedField(plan, document, operationName, schema) : undefined;
  }

  private correctNode(node: PlanNode): PlanNode {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel':
        return { ...node, nodes: node.nodes.map((each) => this.correctNode(each)) };
      case 'Flatten': {
        const inner = this.correctNode(node.node);
        if (inner.kind !== 'Parallel') return { ...node, node: inner };
        return { ...inner, nodes: inner.nodes.map((each) => ({ ...node, node: each })) };
      }
      case 'Condition': {
        const { ifClause, elseClause } = node;
        return {
          ...node,
          ...(ifClause && { ifClause: this.correctNode(ifClause) }),
          ...(elseClause && { elseClause: this.correctNode(elseClause) }),
        };
      }
      case 'Defer':
        return node;
      default: {
        const fetches = splitFetch(this.restoreFetch(node), this.requirements, (name) =>
          this.originalName(name),
        );
        return fetches.length === 1 ? fetches[0]! : { kind: 'Parallel', nodes: fetches };
      }
    }
  }

  private restoreFetch(fetch: FetchNode): FetchNode {
    const { operationDocumentNode, requires } = fetch;
    return {
      ...fetch,
      operation: stripIgnoredCharacters(print(this.fields.restore(parse(fetch.operation)))),
      ...(operationDocumentNode && { operationDocumentNode: this.fields.restore(operationDocumentNode) }),
      ...(requires && { requires: this.restoreRequirement(requires) }),
    };
  }

  private restoreRequirement(selections: readonly QueryPlanSelectionNode[]): QueryPlanSelectionNode[] {
    return selections.map((selection): QueryPlanSelectionNode => {
      const inner = selection.selections && { selections: this.restoreRequirement(selection.selections) };
      if (selection.kind === 'InlineFragment') return { ...selection, ...inner };
      const name = this.originalName(selection.name);
      return { ...selection, ...(name !== selection.name && { alias: selection.name, name }), ...inner };
    });
  }

  private originalName(name: string): string {
    return this.fields.originals.get(name)?.name.value ?? name;
  }
}
