import { IsNull, MoreThan } from 'typeorm';

/** The condition for an active session: neither revoked nor expired. */
export function alive() {
  return { endedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
