import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Fault } from '../fault.js';

export interface SubgraphSchema {
  name: string;
  routingUrl: string;
  sdl: string;
}

/** What composition made, and what it has to remark. */
export interface Supergraph {
  sdl: string;
  hints: string[];
}

/** @throws Fault with every reason why these schemas do not compose */
export function composeSupergraph(subgraphs: readonly SubgraphSchema[]): Supergraph {
  const { supergraphSdl, errors, hints } = composeServices(
    subgraphs.map(({ name, routingUrl, sdl }) => ({ name, url: routingUrl, typeDefs: parse(sdl) })),
  );
  if (errors !== undefined) {
    const reasons = errors.map(({ message, extensions }) => `${String(extensions['code'])}: ${message}`);
    throw new Fault(`The subgraphs do not compose:\n${reasons.join('\n')}`);
  }
  return { sdl: supergraphSdl, hints: hints.map((hint) => `${hint.definition.code}: ${hint.message}`) };
}
