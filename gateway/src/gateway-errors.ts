import { DomainError } from '@supergraph/service/domain-error';

/** A subgraph does not answer, or not in a way that can be used. The client is not told why; the log is. */
export class SubgraphUnavailable extends DomainError {
  override readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(readonly subgraph: string) {
    super('A part of the system is not available right now. Please try again.');
  }
}

/** The access token is not one of ours, or no longer. */
export class Unauthenticated extends DomainError {
  override readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('The access token is not valid, or has expired.');
  }
}
