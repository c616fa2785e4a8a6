import type { FetchNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  buildASTSchema,
  getOperationAST,
  GraphQLError,
  parse,
  print,
  stripIgnoredCharacters,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { hasEmptyInterface } from './empty-interfaces.js';
import { LeftOutFields } from './left-out-fields.js';
import { mapFetches } from './plan-fetches.js';
import { ComputedFields } from '../supergraph/computed-fields.js';
import { planInStages, type PlanOf } from './stages/plan-in-stages.js';
import type { StagedSchema } from './stages/staged-operation.js';
import { EntityKeys } from '../supergraph/entity-keys.js';
import { withPlainFragments } from './plain-fragments.js';
import { InterfaceObjectFetches } from './interface-object-fetches.js';
import { SelectedFields } from './selected-fields.js';
import { RequirementFields } from './requirement-fields.js';
import { Requirements } from '../supergraph/requirements.js';
import { resolvableKeysFirst } from './resolvable-keys.js';
import { splitFetch } from './split-fetch.js';
import { SubgraphTypes } from '../supergraph/subgraph-types.js';
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
    private readonly keys: EntityKeys,
    private readonly types: SubgraphTypes,
    private readonly hasEmptyInterface: boolean,
    /** Null when the supergraph has no computed fields. */
    private readonly staged: StagedSchema | null,
    /** The schema that clients see. */
    private readonly schema: GraphQLSchema,
  ) {}

  /** @param schema what clients see of the supergraph */
  static of(supergraphSdl: string, schema: GraphQLSchema): PlanCorrections {
    const real = parse(supergraphSdl);
    const { supergraph, fields } = RequirementFields.add(resolvableKeysFirst(real));
    const types = new SubgraphTypes(supergraph);
    return new PlanCorrections(
      supergraph === real ? supergraphSdl : print(supergraph),
      fields,
      new Requirements(supergraph),
      new EntityKeys(supergraph),
      types,
      hasEmptyInterface(supergraph),
      stagedSchema(supergraph, types),
      schema,
    );
  }

  /**
   * The plan for the subgraphs. In the requirements of its fetches, a field is read from the response key `alias`
   * (`name` without an alias), and its name in the representation is `name`.
   * @param document to plan
   * @param planOf the planner for the supergraph to plan with
   */
  plan(document: DocumentNode, operationName: string | undefined, planOf: PlanOf): QueryPlan {
    const planWith = (interfaceObjects: ReadonlySet<string> | null): QueryPlan => {
      const planned = withPlainFragments(document, this.schema, interfaceObjects);
      return this.staged ? planInStages(planned, operationName, this.staged, planOf) : planOf(planned, false);
    };
    return this.correct(unlessPlannerFails(planWith, this.keys.interfaces), document, operationName);
  }

  private correct(plan: QueryPlan, document: DocumentNode, operationName: string | undefined): QueryPlan {
    const restored = this.fields.originals.size > 0 ? this.restore(plan) : plan;
    const areSplit = this.keys.interfaces.size > 0;
    const split = areSplit ? this.splitInterfaceObjects(restored, document, operationName) : restored;
    if (this.types.inconsistent.size === 0) return split;
    return LeftOutFields.add(split, document, operationName, this.schema, this.types);
  }

  /**
   * A field that no fetch of a plan returns, such as `Query.node`: no subgraph can resolve it. The planner leaves it
   * out without an error.
   */
  unplannedField(
    plan: QueryPlan,
    document: DocumentNode,
    operationName: string | undefined,
  ): string | undefined {
    return this.hasEmptyInterface ? unplannedField(plan, document, operationName, this.schema) : undefined;
  }

  private restore(plan: QueryPlan): QueryPlan {
    return mapFetches(plan, (fetch) =>
      splitFetch(this.restoreFetch(fetch), this.requirements, (name) => this.originalName(name)),
    );
  }

  private splitInterfaceObjects(
    plan: QueryPlan,
    document: DocumentNode,
    operationName: string | undefined,
  ): QueryPlan {
    const operation = getOperationAST(document, operationName);
    if (!operation) return plan;
    const { schema, keys, requirements } = this;
    const selected = new SelectedFields(document, operation, schema);
    const fetches = new InterfaceObjectFetches(selected, schema, keys, requirements, (name) =>
      this.originalName(name),
    );
    return mapFetches(plan, (fetch, path) => fetches.split(fetch, path));
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

/** Plans again with other fragments if an assertion of the planner fails. */
function unlessPlannerFails(
  planWith: (interfaceObjects: ReadonlySet<string> | null) => QueryPlan,
  interfaceObjects: ReadonlySet<string>,
): QueryPlan {
  try {
    return planWith(interfaceObjects);
  } catch (error) {
    if (error instanceof GraphQLError) throw error;
    return planWith(null);
  }
}

function stagedSchema(supergraph: DocumentNode, types: SubgraphTypes): StagedSchema | null {
  const computed = new ComputedFields(supergraph);
  if (!computed.exist) return null;
  const schema = buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true });
  return { schema, computed, types };
}
