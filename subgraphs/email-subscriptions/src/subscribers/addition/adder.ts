import { type AuthContext, unauthenticated, type Viewer } from '@kit/auth';

import { v5 } from 'uuid';

/** The user or program that adds a subscriber. */
export interface Adder {
  /** The `addedBy` of the subscriber; null for a program that acts on its own behalf. */
  readonly userId: string | null;
  /** The UUID of the owner of the idempotency keys: the user, over GraphQL and TCP, or else the program. */
  readonly keyOwner: string;
}

/** The namespace of the UUIDs that are made of the names of programs (RFC 9562, section 5.5). */
const PROGRAMS = '3f0f9c52-8a3e-4f57-9a53-6d1b6f0f2c8e';

export function userAsAdder({ userId }: Viewer): Adder {
  return { userId, keyOwner: userId };
}

/** @throws GraphQLError for a shared room, which has no user or program */
export function adderOf({ viewer, caller }: AuthContext): Adder {
  if (viewer) return userAsAdder(viewer);
  if (caller === undefined) throw unauthenticated();
  return { userId: null, keyOwner: v5(caller, PROGRAMS) };
}
