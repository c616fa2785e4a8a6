import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OwnedDatabase } from './embedded-postgres/databases.js';
import { hasCluster } from './embedded-postgres/home.js';
import { Fault } from './fault.js';
import { allSubgraphs, type Subgraph } from './subgraphs.js';
import { writeAtomically } from './write-atomically.js';

/** All secrets of a development system, by their variable in `.env`. Each installation generates its own. */
export type Secrets = Readonly<Record<string, string>>;

/** The password of a subgraph's database, such as `OLD_ORDERS_DATABASE_PASSWORD`. */
export function passwordVariable({ names }: Pick<Subgraph, 'names'>): string {
  return `${names.variablePrefix}_DATABASE_PASSWORD`;
}

/** A subgraph's database and its owner, in the Postgres of `npm start`. */
export function ownedDatabase(subgraph: Pick<Subgraph, 'names'>, secrets: Secrets): OwnedDatabase {
  return { name: subgraph.names.database, password: secrets[passwordVariable(subgraph)]! };
}

/** New secrets: 32 random bytes each, as 43 characters. */
export function randomSecrets(): Secrets {
  return Object.fromEntries(secretNames().map((name) => [name, randomBytes(32).toString('base64url')]));
}

function secretNames(): readonly string[] {
  return allSubgraphs().flatMap((subgraph) => [
    subgraph.names.secret,
    passwordVariable(subgraph),
    ...Object.entries(subgraph.service.secrets).map(([variable, { env = variable }]) => env),
    ...subgraph.service.development.secrets,
  ]);
}

/** The folder of the embedded Postgres in a data directory. */
export function postgresFolder(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

/** The file of secrets in a data directory. */
export function secretsFile(dataDir: string): string {
  return path.join(dataDir, 'secrets.json');
}

/**
 * Reads the secrets of a data directory from a file of mode 0600. Missing ones are generated and added.
 * @throws Fault when the file is damaged, or missing although there are databases that need it
 */
export async function keptSecrets(dataDir: string): Promise<Secrets> {
  const file = secretsFile(dataDir);
  const kept = await readKept(file);
  if (kept === undefined && (await hasCluster(postgresFolder(dataDir)))) {
    throw new Fault(
      `${file} is missing. The services cannot use the existing Postgres data without it. ` +
        `Restore the file, or delete ${dataDir} to start with empty databases.`,
    );
  }
  const drawn = Object.entries(randomSecrets());
  const secrets = drawn.map(([name, value]) => [name, kept?.[nameInFile(name)] ?? value] as const);
  if (drawn.some(([name]) => kept?.[nameInFile(name)] === undefined)) {
    const added = Object.fromEntries(secrets.map(([name, value]) => [nameInFile(name), value]));
    await writeAtomically(file, `${JSON.stringify({ ...added, ...kept }, null, 2)}\n`, 0o600);
  }
  return Object.fromEntries(secrets);
}

/** `cursorSecret` for `CURSOR_SECRET`. */
function nameInFile(variable: string): string {
  return variable.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Undefined without a file. */
async function readKept(file: string): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (kept?.constructor === Object && Object.values(kept).every((value) => typeof value === 'string')) {
      return kept as Record<string, string>;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== undefined) throw new Fault(`${file} cannot be read: ${message}`, { cause: error });
  }
  throw new Fault(`${file} is damaged. Restore it, or delete it together with its databases.`);
}
