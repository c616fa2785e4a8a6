import type { SubscriptionSlot } from './subscriptions/plan/plan.js';
import type { RequestOrigin } from '@supergraph/auth-context/auth-context';
import type { Identity } from './identity/identity.js';

/** What travels with an operation through Apollo Server to the subgraphs, whatever its transport. */
export interface RequestContext {
  readonly identity: Identity;
  readonly requestId: string;
  /** Where it came from; asked for mutations alone, and absent from what the gateway does of its own accord. */
  readonly origin?: () => RequestOrigin;
  /** Set by transports that can serve a subscription; the plan of one is put into it. */
  readonly slot?: SubscriptionSlot;
  /** It came by a method that must not change anything (RFC 9110, section 9.2.1). */
  readonly mayOnlyRead?: boolean;
  /**
   * When nobody waits for its fetches any more, in milliseconds since 1970; set by the first of them, and brought forward
   * by one that refreshes a session.
   */
  deadline?: number;
}
