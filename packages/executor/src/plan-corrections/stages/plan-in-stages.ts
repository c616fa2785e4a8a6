import type { QueryPlan } from '@apollo/query-planner';
import { GraphQLError, type DocumentNode } from 'graphql';
import { StagedOperation, type StagedFields, type StagedSchema } from './staged-operation.js';

/** Plans a document, which may have fields that clients do not see. */
export type PlanOf = (document: DocumentNode, hasHiddenFields: boolean) => QueryPlan;

/**
 * Plans an operation with chained fields in stages. The planner would request some of them before what they require, or
 * never end. If an assertion of the planner fails, all computed fields are planned in stages.
 */
export function planInStages(
  document: DocumentNode,
  operationName: string | undefined,
  supergraph: StagedSchema,
  planOf: PlanOf,
): QueryPlan {
  const staged = (which: StagedFields) => StagedOperation.of(document, operationName, supergraph, which);
  const planned = (operation: StagedOperation | null) =>
    operation ? operation.complete(planOf(operation.document, true)) : planOf(document, false);
  try {
    return planned(supergraph.computed.areChained ? staged('chained fields') : null);
  } catch (error) {
    const all = error instanceof GraphQLError ? null : staged('all computed fields');
    if (!all) throw error;
    return planned(all);
  }
}
