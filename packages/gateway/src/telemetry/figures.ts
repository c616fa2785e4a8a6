export type Transport = 'websocket' | 'sse' | 'multipart';

interface Traffic {
  events: number;
  bytes: number;
}

/**
 * Counts subscription traffic since the gateway started. These are plain numbers because some change for each watcher
 * of each event; `addSubscriptionMetrics` exports them to Prometheus.
 */
export class SubscriptionFigures {
  /** Events and bookmarks received from subgraphs. */
  received = 0;
  /** Completed events, with and without errors. Includes events that needed no other subgraph. */
  readonly completions = { ok: 0, failed: 0 };
  /** Events written to clients. */
  readonly sent: Readonly<Record<Transport, Traffic>> = {
    websocket: { events: 0, bytes: 0 },
    sse: { events: 0, bytes: 0 },
    multipart: { events: 0, bytes: 0 },
  };
  /** Closed connections by WebSocket close code, or by error code for HTTP streams. */
  readonly closes = new Map<
    string,
    { readonly transport: Transport; readonly code: string; count: number }
  >();
  /** Called with the seconds from the arrival of an event until every ready watcher had it. */
  onFanOut: (seconds: number) => void = () => {};

  sentTo(transport: Transport, bytes: number): void {
    const traffic = this.sent[transport];
    traffic.events += 1;
    traffic.bytes += bytes;
  }

  closed(transport: Transport, code: string | number): void {
    const key = `${transport} ${code}`;
    const close = this.closes.get(key) ?? { transport, code: String(code), count: 0 };
    close.count += 1;
    this.closes.set(key, close);
  }
}
