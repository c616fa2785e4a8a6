import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { SeparateClient } from './separate-client.js';
import { Subgraph, type FetchTimeouts } from './subgraph.js';
import type { SubgraphOptions } from './subgraph-options.js';
import type { Upstream } from './upstream.js';

export interface SubgraphsSettings {
  /**
   * @param composedUrl the address in the supergraph; empty when it has none
   * @throws when the subgraph has no address
   */
  readonly optionsOf: (name: string, composedUrl: string) => SubgraphOptions;
  /** The address of a subgraph in the first supergraph; empty when it has none. */
  readonly firstUrlOf: (name: string) => string;
  readonly timeouts: FetchTimeouts;
}

/** A subgraph, and what it was connected with. */
interface Connected {
  readonly composedUrl: string;
  readonly options: SubgraphOptions;
  readonly subgraph: Subgraph;
}

/**
 * All subgraphs that a supergraph in use has named. Those of a new supergraph are candidates until it is in use, so
 * that a rejected supergraph changes nothing.
 */
export class Subgraphs {
  private readonly known = new Map<string, Connected>();
  private readonly candidates = new Map<string, Connected>();
  /** Earlier versions still use them. They close idle connections themselves, and the others at the end. */
  private readonly replaced: Subgraph[] = [];
  private readonly separateClients: SeparateClient[] = [];
  /** The subscriptions at each subgraph, by its name. */
  readonly upstreams = new Map<string, Upstream>();

  constructor(
    private readonly settings: SubgraphsSettings,
    private readonly logger: Logger,
  ) {}

  get(name: string): Subgraph | undefined {
    return this.known.get(name)?.subgraph;
  }

  /**
   * Connects a subgraph of a new supergraph. It stays connected if neither its address nor its options have changed.
   * @throws when the subgraph has no address
   */
  connect(name: string, composedUrl: string): Subgraph {
    const known = this.known.get(name);
    const connected = known?.composedUrl === composedUrl ? known : this.candidate(name, composedUrl, known);
    this.candidates.set(name, connected);
    return connected.subgraph;
  }

  /** The new supergraph is in use. */
  useCandidates(): void {
    for (const [name, connected] of this.candidates) {
      const before = this.known.get(name);
      this.known.set(name, connected);
      this.upstreams.set(name, connected.subgraph.upstream);
      if (!before || before.subgraph === connected.subgraph) continue;
      this.replaced.push(before.subgraph);
      for (const client of this.separateClients) if (client.name === name) client.use(connected.options);
    }
    this.candidates.clear();
  }

  /** The new supergraph was rejected. */
  async discardCandidates(): Promise<void> {
    const discarded = [...this.candidates.values()].map(({ subgraph }) => subgraph);
    this.candidates.clear();
    await Promise.all(
      discarded
        .filter((subgraph) => this.get(subgraph.name) !== subgraph)
        .map((subgraph) => subgraph.close()),
    );
  }

  async close(): Promise<void> {
    const known = [...this.known.values()].map(({ subgraph }) => subgraph);
    await Promise.all([...known, ...this.replaced].map((subgraph) => subgraph.close()));
  }

  /** A client with connections of its own, for requests that must not wait behind those of the gateway's clients. */
  separateClient(name: string, timeoutMs: number): SeparateClient {
    const { optionsOf, firstUrlOf } = this.settings;
    const client = new SeparateClient(name, timeoutMs, optionsOf(name, firstUrlOf(name)));
    this.separateClients.push(client);
    return client;
  }

  private candidate(name: string, composedUrl: string, known: Connected | undefined): Connected {
    const { optionsOf, timeouts } = this.settings;
    const options = optionsOf(name, composedUrl);
    if (known && isDeepStrictEqual(options, known.options)) return { ...known, composedUrl };
    return { composedUrl, options, subgraph: new Subgraph(name, options, timeouts, this.logger) };
  }
}
