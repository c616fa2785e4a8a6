import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { parse, type GraphQLSchema } from 'graphql';
import type { SubgraphSource } from '../subgraph-source.js';

interface Composed {
  readonly supergraphSdl: string;
  /** The schema that clients see. */
  readonly api: GraphQLSchema;
}

export class NotComposable extends Error {}

/**
 * @param urls the addresses of the subgraphs by name
 * @throws NotComposable
 */
export function compose(
  subgraphs: readonly SubgraphSource[],
  urls: ReadonlyMap<string, string> = new Map(),
): Composed {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl }) => ({
      name,
      url: urls.get(name) ?? `http://${name}`,
      typeDefs: parse(sdl),
    })),
  );
  if (!supergraphSdl) throw new NotComposable(errors?.map(({ message }) => message).join('\n'));
  const api = Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema();
  return { supergraphSdl, api };
}
