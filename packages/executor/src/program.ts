import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { newCodeBudget } from './code/source.js';
import { Conditions, type ConditionValues } from './conditions.js';
import { DocumentKeys } from './document-keys.js';
import { withRootFieldsInOrder } from './document/root-field-order.js';
import type { ExecutableSchema } from './executable-schema.js';
import type { RunOptions } from './execution.js';
import type { Data } from './own.js';
import { PlanSteps } from './plan-steps.js';
import { OperationProjections } from './projection/operation-projections.js';
import { ReportedErrors } from './reported-errors.js';
import { Variant } from './variant.js';

/** Maximum number of combinations of the values in `@skip` and `@include` that a program keeps, the first ones. */
const MAX_VARIANTS = 16;

/** An operation that is ready to run. */
export class Program {
  private readonly conditions: Conditions;
  private readonly steps: PlanSteps;
  private readonly variants = new Map<string, Variant>();
  private readonly documentKeys: DocumentKeys;
  private readonly budget = newCodeBudget();
  private readonly reported: ReportedErrors;

  constructor(
    plan: PlanNode | undefined,
    private readonly document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly schema: ExecutableSchema,
  ) {
    this.conditions = new Conditions(document, operation);
    this.documentKeys = new DocumentKeys(document);
    this.steps = new PlanSteps(plan, schema, this.budget);
    this.reported = new ReportedErrors(document, operation, schema.keys);
  }

  /**
   * Runs the operation. The first run interprets the program, and the second one compiles it.
   * @returns data, and the errors: those of the fetches in the order of the plan, then those for nulls in non-null
   * places in the order of the response. Never rejects because of a subgraph.
   */
  run<Context>(options: RunOptions<Context>): Promise<ExecutionResult<Data>> {
    return this.variantFor(this.conditions.valuesOf(options.variables)).run(options);
  }

  private variantFor(values: ConditionValues): Variant {
    const key = Object.values(values).map(Number).join('');
    const kept = this.variants.get(key);
    if (kept) return kept;
    const { document, operation, schema, documentKeys } = this;
    const { api, keys } = schema;
    const { root } = new OperationProjections(document, operation, api, keys, documentKeys, values);
    const variant = new Variant(this.steps.under(values), root, this.reported, this.budget);
    // Others are made anew for each run, so that they are never compiled.
    if (this.variants.size < MAX_VARIANTS) this.variants.set(key, variant);
    return variant;
  }
}

/**
 * Turns a query plan into a program.
 * @param plan of `schema.internalDocument(document)`. For a subscription: its completion, whose first fetch is the
 * subscription itself.
 * @param document the client's document, which is valid
 * @throws Error when the document does not have the operation
 */
export function compile(
  { node }: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
  schema: ExecutableSchema,
): Program {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('the document does not have the operation');
  if (node?.kind === 'Subscription') throw new Error('a subscription has no single result');
  const planned = operation.operation === OperationTypeNode.MUTATION && schema.internalDocument(document);
  const ordered = planned ? withRootFieldsInOrder(node, getOperationAST(planned, operationName)!) : node;
  return new Program(ordered, document, operation, schema);
}
