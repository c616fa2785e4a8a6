import type { FetchNode } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import type { ConditionValues } from '../conditions.js';
import type { ExecutableSchema } from '../executable-schema.js';
import { optionalRequirements } from './optional-requirements.js';
import { OwnConditions } from './own-conditions.js';
import { Representations } from './representations.js';

/** The representations of one fetch, for the values in its `@skip` and `@include`. */
export class FetchRepresentations {
  private readonly complete: Representations | null;
  private readonly conditions: OwnConditions;

  /** @param document the operation of the fetch */
  constructor(
    private readonly node: FetchNode,
    private readonly document: DocumentNode,
    private readonly schema: ExecutableSchema,
  ) {
    this.complete = this.create(null);
    this.conditions = new OwnConditions(document, schema.keys);
  }

  /** @returns null when the fetch is not of entities */
  under(values: ConditionValues): Representations | null {
    if (!this.complete || !this.conditions.leaveOut(values)) return this.complete;
    const { requirements, keys } = this.schema;
    return this.create(
      optionalRequirements(this.document, this.node.serviceName, requirements, keys, values),
    );
  }

  private create(optional: ReadonlySet<string> | null): Representations | null {
    const { requires, inputRewrites = [], serviceName } = this.node;
    if (!requires) return null;
    const { supergraph, entityKeys } = this.schema;
    return new Representations(requires, inputRewrites, supergraph, optional, (type, names) =>
      entityKeys.areIn(serviceName, type, names),
    );
  }
}
