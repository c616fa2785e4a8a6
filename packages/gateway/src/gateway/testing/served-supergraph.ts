import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { ServedGateway } from './served-gateway.js';
import { ServedSubgraph } from './served-subgraph.js';

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@external", "@requires", "@interfaceObject", "@composeDirective"]
)`;

/** A subgraph that follows Apollo Federation 2 and knows nothing of this kit. */
export interface SubgraphDefinition {
  readonly typeDefs: string;
  readonly resolvers: object;
}

/** A gateway over subgraphs, all over HTTP. */
export class ServedSupergraph {
  private constructor(
    private readonly subgraphs: ReadonlyMap<string, ServedSubgraph>,
    readonly gateway: ServedGateway,
  ) {}

  static async start(definitions: Readonly<Record<string, SubgraphDefinition>>): Promise<ServedSupergraph> {
    const subgraphs = new Map<string, ServedSubgraph>();
    const services = [];
    for (const [name, { typeDefs, resolvers }] of Object.entries(definitions)) {
      const linked = `${LINK} ${typeDefs}`;
      const subgraph = await ServedSubgraph.start(linked, resolvers);
      subgraphs.set(name, subgraph);
      services.push({ name, url: subgraph.url, typeDefs: parse(linked) });
    }
    const { supergraphSdl, errors } = composeServices(services);
    if (!supergraphSdl) throw new Error(String(errors));
    const gateway = await ServedGateway.start(supergraphSdl, { subgraphs: (_, url) => ({ url }) });
    return new ServedSupergraph(subgraphs, gateway);
  }

  /**
   * Sends an operation several times, since a gateway may interpret the first ones and compile later ones.
   * @returns the response, which is the same each time but for the id of the request
   */
  async ask(query: string): Promise<{ data?: unknown; errors?: readonly object[] }> {
    const bodies: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { body } = await this.gateway.ask(query);
      bodies.push(JSON.stringify(body).replaceAll(/"requestId":"[^"]*"/g, '"requestId":"same"'));
    }
    if (new Set(bodies).size > 1) throw new Error(`responses differ: ${bodies.join(' and ')}`);
    return JSON.parse(bodies[0]!) as { data?: unknown; errors?: readonly object[] };
  }

  /** Stops a subgraph. Its port is closed from then on. */
  async stopSubgraph(name: string): Promise<void> {
    await this.subgraphs.get(name)!.stop();
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await Promise.all([...this.subgraphs.values()].map((subgraph) => subgraph.stop().catch(() => {})));
  }
}
