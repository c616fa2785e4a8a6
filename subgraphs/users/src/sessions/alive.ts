import { IsNull, MoreThan } from 'typeorm';

/** The condition for an active session, which is not revoked and not expired. */
export function alive() {
  return { endedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
