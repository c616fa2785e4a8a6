import path from 'node:path';
import { Fault } from '../fault.js';
import type { PerService } from '../services.js';
import { allSubgraphs, type PerSubgraph, type Subgraph } from '../subgraphs.js';

/** The settings of `npm start`. */
export interface StartEnvironment {
  ports: PerService<number>;
  /** Of `development.ports` in service.yaml, by variable. */
  morePorts: Readonly<Record<string, number>>;
  /** Absolute. */
  dataDir: string;
  logLevel: string;
  database: EmbeddedDatabase | GivenDatabases;
}

/** `npm start` runs Postgres on this port. */
export interface EmbeddedDatabase {
  kind: 'embedded';
  port: number;
}

/** The user's own Postgres. */
export interface GivenDatabases {
  kind: 'given';
  urls: PerSubgraph<string>;
}

/** All ports that will be used, by the variable that sets each of them. */
export function portsByVariable(
  { ports, morePorts, database }: StartEnvironment,
  subgraphs: readonly Subgraph[] = allSubgraphs(),
): Record<string, number> {
  return {
    GATEWAY_PORT: ports.gateway,
    ...Object.fromEntries(subgraphs.map(({ name, names }) => [names.port, ports[name]!])),
    ...morePorts,
    ...(database.kind === 'embedded' && { POSTGRES_PORT: database.port }),
  };
}

/**
 * Reads the variables of `npm start`. An empty one counts as not set.
 * @throws Fault that names all bad variables
 */
export function parseStartEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  repositoryRoot: string,
  subgraphs: readonly Subgraph[] = allSubgraphs(),
): StartEnvironment {
  const each = <Value>(valueOf: (subgraph: Subgraph) => Value) =>
    Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, valueOf(subgraph)]));
  const problems: string[] = [];
  const value = (variable: string) => environment[variable]?.trim() || undefined;

  const portOf = new Map<number, string>();
  const port = (variable: string, standard: number): number => {
    const text = value(variable) ?? String(standard);
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
      problems.push(`${variable} must be a port number from 1 to 65535, not "${text}"`);
      return standard;
    }
    const other = portOf.get(number);
    if (other !== undefined)
      problems.push(`${variable} and ${other} are both ${number}: each needs its own port`);
    portOf.set(number, variable);
    return number;
  };
  const databaseUrl = (variable: string): string => {
    const url = value(variable) ?? '';
    const problem = databaseUrlProblem(url);
    if (problem !== undefined) problems.push(`${variable} ${problem}`);
    return url;
  };
  const database = (): EmbeddedDatabase | GivenDatabases => {
    const variables = subgraphs.map(({ names }) => names.databaseUrl);
    const missing = variables.filter((variable) => value(variable) === undefined);
    if (missing.length === variables.length) return { kind: 'embedded', port: port('POSTGRES_PORT', 54_329) };
    if (missing.length > 0) {
      const given = variables.filter((variable) => !missing.includes(variable));
      const none = variables.length === 2 ? 'neither' : 'none';
      problems.push(`${given.join(', ')} is set, so ${missing.join(', ')} must be set, too (or ${none})`);
      return { kind: 'embedded', port: 0 };
    }
    return { kind: 'given', urls: each(({ names }) => databaseUrl(names.databaseUrl)) };
  };

  const morePorts = subgraphs.flatMap(({ service }) => Object.entries(service.development.ports));
  const parsed: StartEnvironment = {
    ports: {
      gateway: port('GATEWAY_PORT', 4000),
      ...each((subgraph) => port(subgraph.names.port, subgraph.port)),
    },
    morePorts: Object.fromEntries(
      morePorts.map(([variable, standard]) => [variable, port(variable, standard)]),
    ),
    dataDir: path.resolve(repositoryRoot, value('DATA_DIR') ?? '.data'),
    logLevel: value('LOG_LEVEL') ?? 'info',
    database: database(),
  };
  if (problems.length > 0) throw new Fault(problems.join('\n'));
  return parsed;
}

/** The problem never quotes the URL, which may contain a password. */
function databaseUrlProblem(text: string): string | undefined {
  const example = 'such as postgres://user:password@host:5432/database';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return `must be an address ${example}`;
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    return `must start with postgres://, ${example}`;
  if (url.hostname === '') return `names no host; it must be ${example}`;
  if (url.pathname.length < 2) return `names no database; it must be ${example}`;
  return undefined;
}
