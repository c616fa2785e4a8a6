import type { Difference } from './system.js';

/** Whether a case fails because of a known fault of `@apollo/query-planner` that the executor cannot correct. */
export function knownPlannerFault(failure: unknown): boolean {
  const messages =
    failure instanceof Error
      ? [failure.message]
      : ((failure as Difference).actual.errors ?? []).map(({ message }) => message);
  return messages.some((message) => KNOWN.some((each) => each.test(message)));
}

const KNOWN = [
  // Thrown for an interface object that is reached through another interface.
  /We should have an edge from \w+\(\w+\) for __typename/,
  // Thrown for some chains of `@requires`.
  /Group \[\d+\].+ is a child of \[\d+\]/s,
  // The executor rejects what a plan would execute once for each condition that holds.
  /^The mutation "\w+" is selected under several conditions\. Select it once\.$/,
];
