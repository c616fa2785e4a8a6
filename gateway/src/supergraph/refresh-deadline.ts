import { Kind, parse } from 'graphql';
import type { Clock } from '../clock.js';

const REFRESH = 'refreshSession';

/**
 * How long an operation goes on once it refreshes a session, in milliseconds. When the answer is lost on the way to us,
 * the client may send the same refresh token again within ten seconds of when it was used; later it is taken for
 * stolen. So it has to hear of it while most of them are left.
 */
const REFRESH_MS = 4_000;

/**
 * Until when an operation is waited for that now sends this fetch, in milliseconds since 1970.
 * @param fetched as the planner prints it
 * @param deadline until when it would have been
 */
export function deadlineOf(fetched: string, deadline: number, clock: Clock): number {
  return refreshes(fetched) ? Math.min(deadline, clock.now() + REFRESH_MS) : deadline;
}

function refreshes(fetched: string): boolean {
  // Hardly any fetch names it; only those are worth parsing for whether it is a field of the mutation.
  if (!fetched.startsWith('mutation') || !fetched.includes(REFRESH)) return false;
  return parse(fetched).definitions.some(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.selectionSet.selections.some((field) => field.kind === Kind.FIELD && field.name.value === REFRESH),
  );
}
