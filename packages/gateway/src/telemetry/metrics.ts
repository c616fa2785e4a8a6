import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SubscriptionFigures } from './figures.js';

const LAG_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The sources of the gauges. */
export interface SubscriptionGauges {
  readonly connections: { readonly size: number };
  readonly rooms: { readonly size: number; watchers(): { all: number; behind: number } };
  /** The upstream subscriptions, by the name of the subgraph. */
  readonly upstreams: () => Iterable<readonly [subgraph: string, upstream: { readonly active: number }]>;
}

/** Registers the subscription metrics. Gauges and counters are read at each scrape. */
export function addSubscriptionMetrics(
  registry: Registry,
  figures: SubscriptionFigures,
  { connections, rooms, upstreams }: SubscriptionGauges,
): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    values: () => Iterable<readonly [Record<Label, string>, number]>,
  ) =>
    new Gauge({
      name: `live_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        for (const [labels, value] of values()) this.set(labels, value);
      },
    });
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    values: () => Iterable<readonly [Record<Label, string>, number]>,
  ) =>
    new Counter({
      name: `live_${name}_total`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    });

  const unlabelled = (value: number) => [[{}, value]] as const;
  gauge('connections', 'Open client connections that can carry subscriptions', [], () =>
    unlabelled(connections.size),
  );
  gauge('rooms', 'Rooms, each shared by the watchers of one subscription', [], () => unlabelled(rooms.size));
  gauge('watchers', 'Active subscriptions of clients', [], () => unlabelled(rooms.watchers().all));
  gauge('watchers_behind', 'Active subscriptions that have not received the newest event', [], () =>
    unlabelled(rooms.watchers().behind),
  );
  gauge('upstreams', 'Open upstream subscriptions', ['subgraph'], () =>
    [...upstreams()].map(([subgraph, { active }]) => [{ subgraph }, active] as const),
  );
  counter('received_events', 'Events and bookmarks received from subgraphs', [], () =>
    unlabelled(figures.received),
  );
  counter('completions', 'Events completed from other subgraphs, by outcome', ['outcome'], () =>
    Object.entries(figures.completions).map(([outcome, count]) => [{ outcome }, count] as const),
  );
  counter('sent_events', 'Events written to clients', ['transport'], () =>
    Object.entries(figures.sent).map(([transport, { events }]) => [{ transport }, events] as const),
  );
  counter('sent_bytes', 'Bytes of events written to clients', ['transport'], () =>
    Object.entries(figures.sent).map(([transport, { bytes }]) => [{ transport }, bytes] as const),
  );
  counter('closes', 'Closed client connections, by code', ['transport', 'code'], () =>
    [...figures.closes.values()].map(({ transport, code, count }) => [{ transport, code }, count] as const),
  );
  const lag = new Histogram({
    name: 'live_lag_seconds',
    help: 'Time from the arrival of an event until every ready watcher had it',
    buckets: LAG_BUCKETS,
    registers: [registry],
  });
  figures.onFanOut = (seconds) => lag.observe(seconds);
}
