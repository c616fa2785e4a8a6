import type { Logger } from 'pino';
import { Subgraph, type FetchTimeouts } from './subgraph.js';
import { SubgraphClient } from './subgraph-client.js';
import { addressOf, type SubgraphOptions } from './subgraph-options.js';
import { TxnTokens } from './txn-tokens.js';
import type { Upstream } from './upstream.js';

export interface SubgraphsSettings {
  /**
   * @param composedUrl the address in the supergraph; empty when it has none
   * @throws when the subgraph has no address
   */
  readonly optionsOf: (name: string, composedUrl: string) => SubgraphOptions;
  readonly timeouts: FetchTimeouts;
}

/** All subgraphs that a loaded supergraph has named. Each is connected when a supergraph names it first. */
export class Subgraphs {
  private readonly known = new Map<string, Subgraph>();
  /** The subscriptions at each subgraph, by its name. */
  readonly upstreams = new Map<string, Upstream>();

  constructor(
    private readonly settings: SubgraphsSettings,
    private readonly logger: Logger,
  ) {}

  get(name: string): Subgraph | undefined {
    return this.known.get(name);
  }

  /** @throws when the subgraph has no address */
  connect(name: string, composedUrl: string): Subgraph {
    let subgraph = this.known.get(name);
    if (!subgraph) {
      const { optionsOf, timeouts } = this.settings;
      subgraph = new Subgraph(name, optionsOf(name, composedUrl), timeouts, this.logger);
      this.known.set(name, subgraph);
      this.upstreams.set(name, subgraph.upstream);
    }
    return subgraph;
  }

  async close(): Promise<void> {
    await Promise.all([...this.known.values()].map((subgraph) => subgraph.close()));
  }

  /** A client with connections of its own, for requests that must not wait behind those of the gateway's clients. */
  separateClient(name: string, timeoutMs: number): SubgraphClient {
    const { url, secret } = this.settings.optionsOf(name, '');
    const tokens = secret === undefined ? null : new TxnTokens(name, secret);
    return new SubgraphClient(addressOf(url, name), tokens, timeoutMs);
  }
}
