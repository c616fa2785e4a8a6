import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCluster } from './embedded-postgres/home.js';
import { Fault } from './fault.js';
import { writeAtomically } from './write-atomically.js';

const NAMES = [
  'usersTxnTokenSecret',
  'emailSubscriptionsTxnTokenSecret',
  'signingKeySecret',
  'cursorSecret',
  'monolithTcpSecret',
  'usersDatabasePassword',
  'emailSubscriptionsDatabasePassword',
] as const;

/** All secrets of a development system. Each installation generates its own. */
export type Secrets = Record<(typeof NAMES)[number], string>;

/** New secrets: 32 random bytes each, as 43 characters. */
export function randomSecrets(): Secrets {
  return Object.fromEntries(NAMES.map((name) => [name, randomBytes(32).toString('base64url')])) as Secrets;
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
  const secrets = { ...randomSecrets(), ...kept };
  if (Object.keys(secrets).length > Object.keys(kept ?? {}).length) {
    await writeAtomically(file, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  }
  return secrets;
}

/** Undefined without a file. */
async function readKept(file: string): Promise<Partial<Secrets> | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (kept?.constructor === Object && Object.values(kept).every((value) => typeof value === 'string')) {
      return kept;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== undefined) throw new Fault(`${file} cannot be read: ${message}`, { cause: error });
  }
  throw new Fault(`${file} is damaged. Restore it, or delete it together with its databases.`);
}
