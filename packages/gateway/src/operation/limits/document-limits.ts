import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { Amounts } from './amounts.js';
import type { CostModel } from './cost-model.js';
import { countDirectives } from './directives.js';
import { Expansion } from './expansion.js';
import { evaluate, type Variables } from './formula.js';
import { LimitExceeded } from './limit-exceeded.js';
import type { LimitName, Limits } from './limits.js';
import { measure } from './measure.js';

const MEASURED = ['depth', 'rootFields', 'aliases', 'aliasLength', 'repeats', 'credentialMutations'] as const;
const NO_VARIABLES: Variables = {};

/**
 * Checks documents between parsing and validation. A document is measured once, since it is prepared then. Only
 * operations whose list sizes depend on variables are evaluated for each request.
 */
export class DocumentLimits {
  private readonly varying = new WeakMap<OperationDefinitionNode, Amounts>();

  constructor(readonly limits: Limits) {}

  /** Returns the error for a text that is too long to parse; null otherwise. */
  textRejection(text: string): LimitExceeded | null {
    return this.excess('textLength', text.length);
  }

  /** Returns the error for a document that exceeds a limit with any variables; null otherwise. */
  rejection(document: DocumentNode, model: CostModel): LimitExceeded | null {
    const { directives, directivesPerLocation, conditions } = countDirectives(document);
    const expansion = new Expansion(document);
    // Checked first, since the steps below traverse the expanded document.
    const early =
      this.excess('selections', expansion.size) ??
      this.excess('directives', directives) ??
      this.excess('directivesPerLocation', directivesPerLocation) ??
      this.excess('conditions', conditions);
    if (early) return early;

    for (const root of expansion.roots) {
      const measures = measure(root, expansion, model);
      for (const name of MEASURED) {
        const excess = this.excess(name, measures[name]);
        if (excess) return excess;
      }
      for (const [name, amount] of limitedAmounts(root, measures.amounts)) {
        if (typeof amount === 'number') {
          const excess = this.excess(name, amount);
          if (excess) return excess;
        } else if (root.kind === Kind.OPERATION_DEFINITION) {
          this.varying.set(root, measures.amounts);
        }
      }
    }
    return null;
  }

  /** Returns the error for an operation that exceeds a limit with these variables; null otherwise. */
  costRejection(operation: OperationDefinitionNode, variables: Variables | undefined): LimitExceeded | null {
    const varying = this.varying.get(operation);
    if (!varying) return null;
    for (const [name, amount] of limitedAmounts(operation, varying)) {
      const excess = this.excess(name, evaluate(amount, variables ?? NO_VARIABLES), 'BAD_USER_INPUT');
      if (excess) return excess;
    }
    return null;
  }

  private excess(
    name: LimitName,
    value: number,
    code?: ConstructorParameters<typeof LimitExceeded>[3],
  ): LimitExceeded | null {
    const max = this.limits[name];
    return value > max ? new LimitExceeded(name, value, max, code) : null;
  }
}

/** Pairs each amount with the limit for it. */
function limitedAmounts(root: OperationDefinitionNode | FragmentDefinitionNode, { cost, values }: Amounts) {
  const isSubscription =
    root.kind === Kind.OPERATION_DEFINITION && root.operation === OperationTypeNode.SUBSCRIPTION;
  return [
    ['cost', cost],
    [isSubscription ? 'eventValues' : 'values', values],
  ] as const;
}
