import path from 'node:path';
import { Fault } from '../fault.js';
import type { PerService, PerSubgraph } from '../services.js';

/** The settings of `npm start`. */
export interface StartEnvironment {
  ports: PerService<number>;
  /** Where email-subscriptions receives TCP messages. */
  tcpPort: number;
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

const portVariables: PerService<string> = {
  gateway: 'GATEWAY_PORT',
  users: 'USERS_PORT',
  emailSubscriptions: 'EMAIL_SUBSCRIPTIONS_PORT',
};

/** All ports that will be used, by the variable that sets each of them. */
export function portsByVariable({ ports, tcpPort, database }: StartEnvironment): Record<string, number> {
  return {
    [portVariables.gateway]: ports.gateway,
    [portVariables.users]: ports.users,
    [portVariables.emailSubscriptions]: ports.emailSubscriptions,
    TCP_PORT: tcpPort,
    ...(database.kind === 'embedded' && { POSTGRES_PORT: database.port }),
  };
}

/** The variables that set the databases. */
export const databaseVariables: PerSubgraph<string> = {
  users: 'USERS_DATABASE_URL',
  emailSubscriptions: 'EMAIL_SUBSCRIPTIONS_DATABASE_URL',
};

/**
 * Reads the variables of `npm start`. An empty one counts as not set.
 * @throws Fault that names all bad variables
 */
export function parseStartEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  repositoryRoot: string,
): StartEnvironment {
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
    const given = Object.values(databaseVariables).filter((variable) => value(variable) !== undefined);
    if (given.length === 0) return { kind: 'embedded', port: port('POSTGRES_PORT', 54_329) };
    if (given.length === 1) {
      const missing = Object.values(databaseVariables).find((variable) => !given.includes(variable));
      problems.push(`${given[0]} is set, so ${missing} must be set, too (or neither)`);
      return { kind: 'embedded', port: 0 };
    }
    return {
      kind: 'given',
      urls: {
        users: databaseUrl(databaseVariables.users),
        emailSubscriptions: databaseUrl(databaseVariables.emailSubscriptions),
      },
    };
  };

  const parsed: StartEnvironment = {
    ports: {
      gateway: port(portVariables.gateway, 4000),
      users: port(portVariables.users, 4001),
      emailSubscriptions: port(portVariables.emailSubscriptions, 4002),
    },
    tcpPort: port('TCP_PORT', 4003),
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
