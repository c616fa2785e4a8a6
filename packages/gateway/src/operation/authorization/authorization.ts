import type { Schema } from '@apollo/federation-internals';
import type { AuthContext } from '@kit/auth';
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { ExecutorRequest } from '../../request/executor-request.js';
import { inspect, type InspectedOperation } from './inspected-operation.js';
import { isMet } from './requirement.js';
import { SchemaRequirements } from './schema-requirements.js';
import { Withheld } from './withheld.js';

/** An operation, and what is withheld from viewers that do not meet some of its requirements, by which they meet. */
interface CheckedOperation {
  readonly inspected: InspectedOperation;
  readonly withheld: Map<string, Withheld>;
}

/** The most combinations of met requirements that are kept for an operation. Roles of viewers differ in few. */
const MAX_COMBINATIONS = 16;

/** Decides which parts of operations a viewer may see, for one supergraph. */
export class Authorization {
  private readonly required: SchemaRequirements;
  /** Kept for as long as their operations. */
  private readonly checked = new WeakMap<OperationDefinitionNode, CheckedOperation>();

  /**
   * @param schema the API schema
   * @param supergraph the supergraph of that schema, which has the directives
   */
  constructor(
    private readonly schema: GraphQLSchema,
    supergraph: Schema,
  ) {
    this.required = new SchemaRequirements(supergraph);
  }

  /**
   * Returns the parts of a valid operation to withhold from a viewer; null when the viewer may see all of it. Viewers
   * that meet the same of its requirements get the same object.
   */
  check(request: ExecutorRequest, auth: AuthContext): Withheld | null {
    const checked = this.inspect(request);
    const { requirements } = checked.inspected;
    if (requirements.every((requirement) => isMet(requirement, auth))) return null;

    const unmet = requirements.filter((requirement) => !isMet(requirement, auth));
    const key = unmet.map((requirement) => requirements.indexOf(requirement)).join();
    let withheld = checked.withheld.get(key);
    if (!withheld) {
      const { schema, required } = this;
      withheld = new Withheld({ schema, required, inspected: checked.inspected, unmet: new Set(unmet) });
      if (checked.withheld.size === MAX_COMBINATIONS) checked.withheld.clear();
      checked.withheld.set(key, withheld);
    }
    return withheld;
  }

  private inspect({ document, operation }: ExecutorRequest): CheckedOperation {
    let checked = this.checked.get(operation);
    if (!checked) {
      const inspected = inspect(document, operation, this.schema, this.required);
      this.checked.set(operation, (checked = { inspected, withheld: new Map() }));
    }
    return checked;
  }
}
