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
 * Bounds documents between parsing and validation. A document is measured once: Apollo Server keeps what it has
 * validated. All that is left for each request is the amounts of operations whose lists have variable lengths.
 */
export class DocumentLimits {
  private readonly varying = new WeakMap<OperationDefinitionNode, Amounts>();

  constructor(readonly limits: Limits) {}

  /** Why a text cannot be parsed; null when it may. */
  textRefusal(text: string): LimitExceeded | null {
    return this.excess('textLength', text.length);
  }

  /** Why a parsed document cannot pass, whatever its variables; null when it may. */
  refusal(document: DocumentNode, model: CostModel): LimitExceeded | null {
    const { directives, directivesPerLocation, conditions } = countDirectives(document);
    const expansion = new Expansion(document);
    // First of all: what follows goes through what is expanded.
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
      for (const [name, amount] of bounded(root, measures.amounts)) {
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

  /** Why an operation of a document that has passed costs or answers too much with these variables; null otherwise. */
  costRefusal(operation: OperationDefinitionNode, variables: Variables | undefined): LimitExceeded | null {
    const varying = this.varying.get(operation);
    if (!varying) return null;
    for (const [name, amount] of bounded(operation, varying)) {
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
    const most = this.limits[name];
    return value > most ? new LimitExceeded(name, value, most, code) : null;
  }
}

/** Which limit each of the amounts is held to. */
function bounded(root: OperationDefinitionNode | FragmentDefinitionNode, { cost, values }: Amounts) {
  const isLive = root.kind === Kind.OPERATION_DEFINITION && root.operation === OperationTypeNode.SUBSCRIPTION;
  return [
    ['cost', cost],
    [isLive ? 'eventValues' : 'values', values],
  ] as const;
}
