import { createRequire } from 'node:module';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Fault } from '../fault.js';

export interface PrintedSubgraph {
  readonly name: string;
  readonly routingUrl: string;
  readonly sdl: string;
}

/**
 * @throws Fault when supergraph.yaml names another version of composition than the installed one: rover and
 * `npm run schema` would compose different supergraphs
 */
export function requireSameComposition(federationVersion: string): void {
  const { version } = createRequire(import.meta.url)('@apollo/composition/package.json') as {
    version: string;
  };
  if (federationVersion !== `=${version}`) {
    throw new Fault(
      `supergraph.yaml: federation_version must be =${version}, the installed version of @apollo/composition, ` +
        `not ${federationVersion}`,
    );
  }
}

/** @throws Fault with every reason why these schemas do not compose */
export function composeSupergraph(subgraphs: readonly PrintedSubgraph[]): {
  sdl: string;
  hints: string[];
} {
  const { supergraphSdl, errors, hints } = composeServices(
    subgraphs.map(({ name, routingUrl, sdl }) => ({ name, url: routingUrl, typeDefs: parse(sdl) })),
  );
  if (errors !== undefined) {
    const reasons = errors.map(({ message, extensions }) => `${String(extensions['code'])}: ${message}`);
    throw new Fault(`The subgraphs do not compose:\n${reasons.join('\n')}`);
  }
  return { sdl: supergraphSdl, hints: hints.map((hint) => `${hint.definition.code}: ${hint.message}`) };
}
