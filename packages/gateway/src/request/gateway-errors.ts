import { DomainError } from '@kit/service';

/** A subgraph did not return a usable response. The reason is logged and not sent to the client. */
export class SubgraphUnavailable extends DomainError {
  override readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(readonly subgraph: string) {
    super('A part of the system is not available right now. Please try again.');
  }

  get extensions() {
    return { code: this.code };
  }
}

/** The client has exceeded its rate limit. */
export class RateLimited extends DomainError {
  override readonly code = 'RATE_LIMITED';

  constructor(readonly retryAfterSeconds: number) {
    super(`Too many requests. Try again in ${retryAfterSeconds} seconds.`);
  }

  /** Error formatters read these, both in Apollo Server and in the subscription transports. */
  get extensions() {
    const { code, retryAfterSeconds } = this;
    return { code, retryAfterSeconds };
  }
}

/** Suggested delay before a retry when the gateway is overloaded. */
export const RETRY_AFTER_SECONDS = 5;

/** The error for requests that arrive while the gateway is overloaded. */
export const TOO_BUSY = {
  message: 'The server is overloaded. Try again later.',
  extensions: { code: 'RATE_LIMITED', retryAfterSeconds: RETRY_AFTER_SECONDS },
} as const;

/** The `www-authenticate` header for an invalid access token (RFC 6750, section 3). */
export const INVALID_TOKEN = 'Bearer error="invalid_token"';

/** The access token is malformed, expired, revoked or not signed by the issuer. */
export class Unauthenticated extends DomainError {
  override readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('The access token is invalid or has expired. Refresh the session, or log in again.');
  }
}
