import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** Metrics of TCP messages for Prometheus. */
export class MessageMetrics {
  private readonly messages: Counter<'pattern' | 'style' | 'result'>;
  private readonly seconds: Histogram<'pattern'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.messages = new Counter({
      name: 'tcp_messages_total',
      help: 'TCP messages, by pattern, by how they were sent, and by result: OK or an error code',
      labelNames: ['pattern', 'style', 'result'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'tcp_message_seconds',
      help: 'From the start of work on a TCP message to its result',
      labelNames: ['pattern'],
      buckets: BUCKETS,
      registers,
    });
  }

  count(
    { pattern, style, result }: { pattern: string; style: 'send' | 'emit'; result: string },
    seconds: number,
  ): void {
    this.messages.inc({ pattern, style, result });
    this.seconds.observe({ pattern }, seconds);
  }

  /** @param open returns the number of open connections */
  countConnections(open: () => number): void {
    const connections = new Gauge({
      name: 'tcp_connections',
      help: 'Connections for TCP messages that are open',
      registers: [],
      collect() {
        this.set(open());
      },
    });
    this.registry.registerMetric(connections);
  }
}
