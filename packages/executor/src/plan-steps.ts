import type { FetchNode, PlanNode } from '@apollo/query-planner';
import type { CodeBudget } from './code/source.js';
import type { ConditionValues } from './conditions.js';
import type { ExecutableSchema } from './executable-schema.js';
import { FetchStep } from './fetching/fetch-step.js';
import type { Step } from './step.js';

/** The fetches of a plan, and the order in which they run. */
export class PlanSteps {
  private readonly fetches = new Map<FetchNode, FetchStep>();

  constructor(
    private readonly root: PlanNode | undefined,
    private readonly schema: ExecutableSchema,
    private readonly budget: CodeBudget,
  ) {
    if (root) this.prepare(root, []);
  }

  /** @returns null when nothing is fetched */
  under(conditions: ConditionValues): Step | null {
    return this.root ? this.step(this.root, conditions) : null;
  }

  private prepare(node: PlanNode, path: readonly string[]): void {
    switch (node.kind) {
      case 'Fetch':
        this.fetches.set(node, new FetchStep(node, path, this.fetches.size, this.schema, this.budget));
        break;
      case 'Flatten':
        this.prepare(node.node, [...path, ...node.path.map(String)]);
        break;
      case 'Sequence':
      case 'Parallel':
        for (const each of node.nodes) this.prepare(each, path);
        break;
      case 'Condition':
        for (const each of [node.ifClause, node.elseClause]) if (each) this.prepare(each, path);
        break;
      case 'Defer':
        throw new Error('@defer is not supported');
    }
  }

  private step(node: PlanNode, conditions: ConditionValues): Step | null {
    switch (node.kind) {
      case 'Fetch':
        return this.fetches.get(node)!.under(conditions);
      case 'Flatten':
        return this.step(node.node, conditions);
      case 'Sequence':
        return inSequence(this.steps(node.nodes, conditions));
      case 'Parallel':
        return inParallel(this.steps(node.nodes, conditions));
      case 'Condition': {
        const isMet = conditions[this.schema.keys.external(node.condition)];
        const chosen = isMet ? node.ifClause : node.elseClause;
        return chosen ? this.step(chosen, conditions) : null;
      }
      default:
        return null;
    }
  }

  private steps(nodes: readonly PlanNode[], conditions: ConditionValues): readonly Step[] {
    return nodes.flatMap((node) => this.step(node, conditions) ?? []);
  }
}

function inSequence(steps: readonly Step[]): Step | null {
  if (steps.length < 2) return steps[0] ?? null;
  return async (execution) => {
    for (const step of steps) await step(execution);
  };
}

function inParallel(steps: readonly Step[]): Step | null {
  if (steps.length < 2) return steps[0] ?? null;
  return async (execution) => void (await Promise.all(steps.map((step) => step(execution))));
}
