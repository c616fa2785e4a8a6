import type { UpstreamEvent } from '../request/upstream-event.js';

/** A subscription as the gateway sends it to a subgraph. */
export interface UpstreamRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** Receives what a transport reads. `error` and `complete` are final. */
export interface TransportSink {
  next(result: UpstreamEvent): void;
  /** @param cause a list of GraphQL errors when the subgraph rejected the operation; otherwise the connection is lost */
  error(cause: unknown): void;
  complete(): void;
}

/** The protocol of the subscriptions at one subgraph. */
export interface UpstreamTransport {
  /**
   * @param txnToken null when the subgraph verifies none
   * @returns a function that ends the subscription at once
   */
  subscribe(request: UpstreamRequest, txnToken: string | null, sink: TransportSink): () => void;
  close(): Promise<void>;
}

/** How long connecting may take, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;
