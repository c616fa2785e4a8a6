import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Load } from '../edge/load.js';
import type { KeySet } from '../identity/key-set.js';
import type { RevocationFeed } from '../identity/revocation-feed.js';
import type { Rooms } from '../subscriptions/rooms/rooms.js';
import type { Subgraph } from '../subgraphs/subgraph.js';
import type { SupergraphWatch } from '../schema/supergraph-watch.js';

/** Starts and stops the gateway's background tasks and shared connections. */
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly keys: KeySet,
    private readonly feed: RevocationFeed,
    private readonly subgraphs: readonly Subgraph[],
    private readonly rooms: Rooms,
    private readonly supergraphWatch: SupergraphWatch,
    private readonly load: Load,
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all([this.keys.start(), this.feed.start()]);
  }

  /** NestJS calls this after the driver has loaded the first supergraph. */
  onApplicationBootstrap(): void {
    this.supergraphWatch.start();
    this.load.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.load.stop();
    this.supergraphWatch.stop();
    this.keys.stop();
    this.rooms.close();
    await Promise.all([this.feed.stop(), ...this.subgraphs.map((subgraph) => subgraph.close())]);
  }
}
