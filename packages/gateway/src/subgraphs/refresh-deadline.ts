import { Kind, parse } from 'graphql';
import type { Clock } from '../request/clock.js';

const REFRESH = 'refreshSession';

/**
 * Time limit of an operation after it refreshes a session, in milliseconds. If the response is lost, the client may
 * send the same refresh token again for ten seconds; after that, the token counts as stolen. The client must get the
 * error early enough to retry.
 */
const REFRESH_MS = 4_000;

/**
 * Returns the deadline of an operation that is about to send a fetch, in milliseconds since 1970.
 * @param fetched the document of the fetch, as the planner prints it
 * @param deadline the operation's deadline so far
 */
export function deadlineOf(fetched: string, deadline: number, clock: Clock): number {
  return refreshesSession(fetched) ? Math.min(deadline, clock.now() + REFRESH_MS) : deadline;
}

function refreshesSession(fetched: string): boolean {
  // Parses only documents that contain the name, to check that it is a root field.
  if (!fetched.startsWith('mutation') || !fetched.includes(REFRESH)) return false;
  return parse(fetched).definitions.some(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.selectionSet.selections.some((field) => field.kind === Kind.FIELD && field.name.value === REFRESH),
  );
}
