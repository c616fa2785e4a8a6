import type { Schema } from '@apollo/federation-internals';
import type { AuthContext } from '@kit/auth';
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ExecutorRequest } from '../../request/executor-request.js';
import { inspect, type InspectedOperation } from './inspected-operation.js';
import { isMet } from './requirement.js';
import { SchemaRequirements } from './schema-requirements.js';
import { Withheld } from './withheld.js';

const MAX_CACHED = 500;

/** Decides which parts of operations a viewer may see, for one supergraph. */
export class Authorization {
  private readonly required: SchemaRequirements;
  private readonly inspected = new WeakMap<OperationDefinitionNode, InspectedOperation>();
  private readonly withheld = new LRUCache<string, Withheld>({ max: MAX_CACHED });

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

    const unmet = requirements.map((requirement) => !isMet(requirement, auth));
    const key = JSON.stringify([request.queryHash, request.request.operationName ?? null, unmet]);
    let withheld = this.withheld.get(key);
    if (!withheld) {
      withheld = new Withheld(key, {
        schema: this.schema,
        required: this.required,
        inspected,
        unmet: new Set(requirements.filter((_, n) => unmet[n])),
      });
      this.withheld.set(key, withheld);
    }
    return withheld;
  }

  private inspect({ document, operation }: ExecutorRequest): InspectedOperation {
    // Apollo Server caches parsed documents, so the same operation is the same node.
    let inspected = this.inspected.get(operation);
    if (!inspected) {
      inspected = inspect(document, operation, this.schema, this.required);
      this.inspected.set(operation, inspected);
    }
    return inspected;
  }
}
