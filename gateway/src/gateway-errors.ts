import { DomainError } from '@supergraph/service/domain-error';

/** A subgraph does not answer, or not in a way that can be used. The client is not told why; the log is. */
export class SubgraphUnavailable extends DomainError {
  override readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(readonly subgraph: string) {
    super('A part of the system is not available right now. Please try again.');
  }
}

/** A client asks more often than it may. */
export class RateLimited extends DomainError {
  override readonly code = 'RATE_LIMITED';

  constructor(readonly retryAfterSeconds: number) {
    super(`There were too many requests. Please try again in ${retryAfterSeconds} seconds.`);
  }

  /** What an error formatter goes by, on its way through Apollo Server and beside it. */
  get extensions() {
    const { code, retryAfterSeconds } = this;
    return { code, retryAfterSeconds };
  }
}

/** When it may be better, once the gateway as a whole is too busy. */
export const RETRY_AFTER_SECONDS = 5;

/** The answer to whoever comes while the gateway has more to do than it can. */
export const TOO_BUSY = {
  message: 'The server is very busy right now. Please try again later.',
  extensions: { code: 'RATE_LIMITED', retryAfterSeconds: RETRY_AFTER_SECONDS },
} as const;

/** What is wrong with a bad access token, for the header `www-authenticate` (RFC 6750, section 3). */
export const INVALID_TOKEN = 'Bearer error="invalid_token"';

/** The access token is not one of ours, or no longer. */
export class Unauthenticated extends DomainError {
  override readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('The access token is not valid, or has expired.');
  }
}
