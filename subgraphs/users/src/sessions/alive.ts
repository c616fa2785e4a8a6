import { IsNull, MoreThan } from 'typeorm';

/** What a session must be to be good for anything. */
export function alive() {
  return { endedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
