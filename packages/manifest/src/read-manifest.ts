import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { isSubgraphName } from './names.js';

/** A subgraph as the manifest has it. */
export interface ManifestSubgraph {
  /** Such as `old-orders`. */
  readonly name: string;
  /** Where the supergraph says it is: `http://127.0.0.1:4002/graphql`. The gateway may use another address. */
  readonly routingUrl: string;
  /** The port of the routing URL. */
  readonly port: number;
  /** The absolute path of its SDL, which may not exist yet. */
  readonly schemaFile: string;
  /** The absolute path of the folder of its SDL, which is the folder of its code. */
  readonly folder: string;
}

export interface Manifest {
  /** The version of composition, such as `=2.14.4`. */
  readonly federationVersion: string;
  /** At least one, in the order of the file. */
  readonly subgraphs: readonly ManifestSubgraph[];
}

/** The message has a line for each fault, with the name of the file. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** The format of Apollo's rover, where each subgraph has a URL and a file. */
const FORMAT = z.strictObject({
  federation_version: z.string(),
  subgraphs: z
    .record(
      z.string(),
      z.strictObject({
        routing_url: z.string().refine((url) => URL.canParse(url), 'is not a URL'),
        schema: z.strictObject({ file: z.string() }),
      }),
    )
    .refine((subgraphs) => Object.keys(subgraphs).length > 0, 'names no subgraph'),
});

/**
 * Reads a manifest: `supergraph.yaml`, in the format of Apollo's rover.
 * @throws ManifestError that names every fault
 */
export function readManifest(file: string): Manifest {
  const fail = (faults: readonly string[]): never => {
    throw new ManifestError(faults.map((fault) => `${path.basename(file)}: ${fault}`).join('\n'));
  };
  const { data, error } = FORMAT.safeParse(parsed(file, fail));
  if (error)
    return fail(error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`));
  const subgraphs = Object.entries(data.subgraphs).map(([name, { routing_url: routingUrl, schema }]) => {
    const schemaFile = path.resolve(path.dirname(file), schema.file);
    return { name, routingUrl, port: portOf(routingUrl), schemaFile, folder: path.dirname(schemaFile) };
  });
  const faults = subgraphs.flatMap((subgraph, index) => faultsOf(subgraph, subgraphs.slice(0, index)));
  return faults.length > 0 ? fail(faults) : { federationVersion: data.federation_version, subgraphs };
}

function parsed(file: string, fail: (faults: readonly string[]) => never): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return fail([`cannot be read: ${(error as Error).message}`]);
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

function faultsOf(
  { name, port, folder }: ManifestSubgraph,
  earlier: readonly ManifestSubgraph[],
): readonly string[] {
  const faults: string[] = [];
  const samePort = earlier.find((other) => other.port === port);
  if (!isSubgraphName(name))
    faults.push(`"${name}" is not a name: use lower case and hyphens, as in "two-words"`);
  if (samePort) faults.push(`${samePort.name} and ${name} have the same port ${port}`);
  if (!existsSync(folder)) faults.push(`the folder of ${name} is missing: ${folder}`);
  return faults;
}
