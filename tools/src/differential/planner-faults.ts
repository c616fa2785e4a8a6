import type { TestCase } from './minimise/test-case.js';
import type { Difference } from './system.js';

/** Whether a case fails because of a known fault of `@apollo/query-planner` that no executor can correct. */
export function knownPlannerFault(failure: unknown, { operation }: TestCase): boolean {
  // An interface that another subgraph has as an interface object, reached through another interface: it throws.
  if (failure instanceof Error)
    return /^We should have an edge from \w+\(\w+\) for __typename/.test(failure.message);
  // Root fields of a mutation with `@skip` or `@include` are executed out of order, and several times if they are selected
  // with and without conditions.
  const { differences } = failure as Difference;
  return (
    /@(skip|include)/.test(operation.document) &&
    differences.every((each) => each.startsWith('executed the mutations'))
  );
}
