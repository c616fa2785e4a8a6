import type { Schema } from '@apollo/federation-internals';
import type { AuthContext } from '@kit/auth';
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ExecutorRequest } from '../../request/executor-request.js';
import { inspect, type InspectedOperation } from './inspected-operation.js';
import { retainedBytes } from '../prepared/retained-bytes.js';
import { isMet } from './requirement.js';
import { SchemaRequirements } from './schema-requirements.js';
import { Withheld } from './withheld.js';

/** Estimated bytes that the visible parts of operations may retain, for all combinations of requirements. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Decides which parts of operations a viewer may see, for one supergraph. */
export class Authorization {
  private readonly required: SchemaRequirements;
  /** Kept for as long as the operation. */
  private readonly inspected = new WeakMap<OperationDefinitionNode, InspectedOperation>();
  private readonly withheld = new LRUCache<string, Withheld>({ maxSize: MAX_BYTES });

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
    const inspected = this.inspect(request);
    const { requirements } = inspected;
    if (requirements.every((requirement) => isMet(requirement, auth))) return null;

    const unmet = requirements.filter((requirement) => !isMet(requirement, auth));
    const { queryHash, document, operation } = request;
    const numbers = unmet.map((requirement) => requirements.indexOf(requirement));
    const key = `${queryHash} ${operation.name?.value ?? ''} ${numbers.join()}`;
    let withheld = this.withheld.get(key);
    if (!withheld) {
      const { schema, required } = this;
      withheld = new Withheld({ schema, required, inspected, unmet: new Set(unmet) });
      this.withheld.set(key, withheld, { size: retainedBytes(document) });
    }
    return withheld;
  }

  private inspect({ document, operation }: ExecutorRequest): InspectedOperation {
    let inspected = this.inspected.get(operation);
    if (!inspected) {
      inspected = inspect(document, operation, this.schema, this.required);
      this.inspected.set(operation, inspected);
    }
    return inspected;
  }
}
