import { Kind, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import type { CostModel } from './cost-model.js';
import { countDirectives } from './directives.js';
import { Expansion } from './expansion.js';
import type { Formula, Variables } from './formula.js';
import { LimitExceeded } from './limit-exceeded.js';
import type { LimitName, Limits } from './limits.js';
import { measure } from './measure.js';

const MEASURED = ['depth', 'rootFields', 'aliases', 'repeats', 'credentialMutations'] as const;
const NO_VARIABLES: Variables = {};

/**
 * Bounds documents between parsing and validation. A document is measured once: Apollo Server keeps what it has
 * validated. All that is left for each request is the cost of operations whose lists have variable lengths.
 */
export class DocumentLimits {
  readonly #varying = new WeakMap<OperationDefinitionNode, Exclude<Formula, number>>();

  constructor(readonly limits: Limits) {}

  /** Why a text cannot be parsed; null when it may. */
  textRefusal(text: string): LimitExceeded | null {
    return this.#excess('textLength', text.length);
  }

  /** Why a parsed document cannot pass, whatever its variables; null when it may. */
  refusal(document: DocumentNode, model: CostModel): LimitExceeded | null {
    const { directives, directivesPerLocation, conditions } = countDirectives(document);
    const expansion = new Expansion(document);
    // First of all: what follows goes through what is expanded.
    const early =
      this.#excess('selections', expansion.size) ??
      this.#excess('directives', directives) ??
      this.#excess('directivesPerLocation', directivesPerLocation) ??
      this.#excess('conditions', conditions);
    if (early) return early;

    for (const root of expansion.roots) {
      const measures = measure(root, expansion, model);
      const { cost } = measures;
      for (const name of MEASURED) {
        const excess = this.#excess(name, measures[name]);
        if (excess) return excess;
      }
      if (typeof cost === 'number') {
        const excess = this.#excess('cost', cost);
        if (excess) return excess;
      } else if (root.kind === Kind.OPERATION_DEFINITION) {
        this.#varying.set(root, cost);
      }
    }
    return null;
  }

  /** Why an operation of a document that has passed costs too much with these variables; null when it does not. */
  costRefusal(operation: OperationDefinitionNode, variables: Variables | undefined): LimitExceeded | null {
    const cost = this.#varying.get(operation)?.(variables ?? NO_VARIABLES) ?? 0;
    return cost > this.limits.cost
      ? new LimitExceeded('cost', cost, this.limits.cost, 'BAD_USER_INPUT')
      : null;
  }

  #excess(name: LimitName, value: number): LimitExceeded | null {
    const most = this.limits[name];
    return value > most ? new LimitExceeded(name, value, most) : null;
  }
}
