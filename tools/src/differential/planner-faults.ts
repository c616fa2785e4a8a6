import type { TestCase } from './minimise/test-case.js';
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

/**
 * Whether a case that cannot be made smaller has what the planner plans wrong: a required field that requires others
 * itself, which it requests too early.
 */
export function hasPlannerFault({ subgraphs }: TestCase): boolean {
  const computed = subgraphs.flatMap(({ sdl }) =>
    [...sdl.matchAll(/^ *(\w+)\b.*@requires\(/gm)].map(([, name]) => name!),
  );
  const required = subgraphs.flatMap(({ sdl }) =>
    [...sdl.matchAll(/@requires\(fields: "([^"]*)"/g)].flatMap(([, fields]) => fields!.match(/\w+/g) ?? []),
  );
  return required.some((name) => computed.includes(name));
}
