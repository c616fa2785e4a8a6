import type { TestCase } from './minimise/test-case.js';
import type { Difference } from './system.js';

/** Whether a case fails because of a known fault of `@apollo/query-planner` that the executor cannot correct. */
export function knownPlannerFault(failure: unknown, { operation }: TestCase): boolean {
  if (failure instanceof Error) return ASSERTIONS.some((each) => each.test(failure.message));
  // A root field of a mutation with several `@skip` or `@include` that do not imply each other is executed several times.
  const { differences } = failure as Difference;
  const isConditional = /@(skip|include)/.test(operation.document);
  return isConditional && differences.every((each) => each.startsWith('executed the mutations'));
}

const ASSERTIONS = [
  // Thrown for an interface object that is reached through another interface.
  /We should have an edge from \w+\(\w+\) for __typename/,
  // Thrown for some chains of `@requires`.
  /Group \[\d+\].+ is a child of \[\d+\]/s,
];
