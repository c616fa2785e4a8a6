import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parse as parseYaml } from 'yaml';
import { Fault } from '../fault.js';
import { subgraphNames, type SubgraphName } from '../services.js';

export interface ConfiguredSubgraph {
  name: SubgraphName;
  routingUrl: string;
  /** Where its schema is kept, relative to the configuration. */
  schemaFile: string;
}

/**
 * Reads `supergraph.yaml`, in rover's form.
 * @throws Fault when it lacks something, or asks for another version of composition than the one installed: rover and
 * we would compose two different supergraphs
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
