import type { SubscriptionSlot } from './plan.js';
import type { RequestOrigin } from '@kit/auth';
import type { Identity } from './identity.js';
import type { SharedReads } from './shared-reads.js';

/** The context of an operation, the same for all transports. Apollo Server passes it on to the data sources. */
export interface RequestContext {
  readonly identity: Identity;
  readonly requestId: string;
  /**
   * The client's address and user agent. Read for mutations only; absent when the gateway itself starts the
   * operation.
   */
  readonly origin?: () => RequestOrigin;
  /** Set for the events of a subscription: equal reads of them share a request. */
  readonly reads?: SharedReads;
  /** Set by transports that can stream. The executor puts a prepared subscription into it. */
  readonly slot?: SubscriptionSlot;
  /** Whether the HTTP method is safe, so that mutations are rejected (RFC 9110, section 9.2.1). */
  readonly mayOnlyRead?: boolean;
  /**
   * Deadline for the operation's fetches, in milliseconds since 1970. The first fetch sets it; a mutation with
   * `@deadline` shortens it.
   */
  deadline?: number;
}
