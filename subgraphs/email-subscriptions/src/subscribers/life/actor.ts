import type { AuthContext } from '@kit/auth';
import type { SubscriberSource } from '../subscriber.entity.js';
import type { Cause } from './transitions.js';

/** Who causes a change. */
export interface Actor {
  readonly cause: Cause;
  /** The user; null for the subscriber and for a program that acts on its own behalf. */
  readonly userId: string | null;
  readonly source: SubscriberSource;
}

/** The subscriber, by a form or a link. */
export const THE_SUBSCRIBER: Actor = { cause: 'SUBSCRIBER', userId: null, source: 'FORM' };

/** The user or program that sends a request with a scope. */
export function staff({ viewer }: Pick<AuthContext, 'viewer'>): Actor {
  return { cause: 'STAFF', userId: viewer?.userId ?? null, source: 'USER' };
}
