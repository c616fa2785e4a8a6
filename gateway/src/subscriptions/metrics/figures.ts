export type Transport = 'websocket' | 'sse' | 'multipart';

interface Traffic {
  events: number;
  bytes: number;
}

/**
 * What live operations have come to since this gateway started. Plain numbers that are added to, since some are
 * counted for each watcher of each event; `addLiveMetrics` shows them to Prometheus.
 */
export class LiveFigures {
  /** What subgraphs have sent: events and bookmarks. */
  received = 0;
  /** Events that were completed from other subgraphs, or needed nothing of them; with errors in them, or without. */
  readonly completions = { ok: 0, failed: 0 };
  /** What was written for watchers. */
  readonly sent: Readonly<Record<Transport, Traffic>> = {
    websocket: { events: 0, bytes: 0 },
    sse: { events: 0, bytes: 0 },
    multipart: { events: 0, bytes: 0 },
  };
  /** How connections have ended: a close code of WebSocket, or a code of ours. */
  readonly closes = new Map<
    string,
    { readonly transport: Transport; readonly code: string; count: number }
  >();
  /** Told how long it took from an event's arrival until every watcher who was ready had it, in seconds. */
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
