import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { parse as parseYaml } from 'yaml';
import { Fault } from '../fault.js';
import { subgraphNames, type SubgraphName } from '../services.js';

export interface ConfiguredSubgraph {
  name: SubgraphName;
  routingUrl: string;
  /** Relative to the configuration. */
  schemaFile: string;
}

/**
 * Reads `supergraph.yaml`, which has rover's format.
 * @throws Fault when something is missing, or when it names another version of composition than the installed one:
 * rover and `npm run schema` would compose different supergraphs
 */
export async function readSupergraphConfig(file: string): Promise<ConfiguredSubgraph[]> {
  const config = parseYaml(await readFile(file, 'utf8')) as {
    federation_version?: string;
    subgraphs?: Record<string, { routing_url?: string; schema?: { file?: string } }>;
  };
  const { version } = createRequire(import.meta.url)('@apollo/composition/package.json') as {
    version: string;
  };
  if (config.federation_version !== `=${version}`) {
    throw new Fault(
      `supergraph.yaml: federation_version must be =${version}, the installed version of @apollo/composition, ` +
        `not ${config.federation_version}`,
    );
  }
  return subgraphNames.map((name) => {
    const { routing_url: routingUrl, schema } = config.subgraphs?.[name] ?? {};
    if (routingUrl === undefined || schema?.file === undefined) {
      throw new Fault(`supergraph.yaml: subgraphs.${name} needs a routing_url and a schema.file`);
    }
    return { name, routingUrl, schemaFile: schema.file };
  });
}

/** @throws Fault with every reason why these schemas do not compose */
export function composeSupergraph(subgraphs: readonly (ConfiguredSubgraph & { sdl: string })[]): {
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
