import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { KeySet } from './identity/key-set.js';
import type { Rooms } from './live/rooms.js';
import type { Upstream } from './live/upstream.js';
import type { SubgraphClient } from './supergraph/subgraph-client.js';

/** Starts and ends what lives as long as the gateway and belongs to no request. */
export class Lifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly keys: KeySet,
    private readonly subgraphs: readonly { client: SubgraphClient; upstream: Upstream }[],
    private readonly rooms: Rooms,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.keys.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.keys.stop();
    this.rooms.close();
    await Promise.all(this.subgraphs.flatMap(({ client, upstream }) => [client.close(), upstream.close()]));
  }
}
