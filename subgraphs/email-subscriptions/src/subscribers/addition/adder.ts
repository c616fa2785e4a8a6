import { unauthenticated } from '@supergraph/auth-context/auth-errors';
import type { AuthContext, Viewer } from '@supergraph/auth-context/auth-context';
import { v5 } from 'uuid';

/** The user or program that adds a subscriber. */
export interface Adder {
  /** `addedBy`; null for a program that adds for itself. */
  readonly userId: string | null;
  /** The owner of the idempotency keys, a UUID: the user, over GraphQL and TCP alike, or else the program. */
  readonly keysOf: string;
}

/** The namespace of the UUIDs of programs, by their names (RFC 9562, section 5.5). */
const PROGRAMS = '3f0f9c52-8a3e-4f57-9a53-6d1b6f0f2c8e';

export function userAsAdder({ userId }: Viewer): Adder {
  return { userId, keysOf: userId };
}

/** @throws GraphQLError when it is neither a person nor a program (a shared room, which only watches) */
export function adderOf({ viewer, caller }: AuthContext): Adder {
  if (viewer) return userAsAdder(viewer);
  if (caller === undefined) throw unauthenticated();
  return { userId: null, keysOf: v5(caller, PROGRAMS) };
}
