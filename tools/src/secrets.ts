import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCluster } from './embedded-postgres/home.js';
import { Fault } from './fault.js';
import { writeAtomically } from './write-atomically.js';

/** All secrets of a development system. Each installation generates its own. */
export interface Secrets {
  usersTxnTokenSecret: string;
  emailSubscriptionsTxnTokenSecret: string;
  signingKeySecret: string;
  cursorSecret: string;
  /** Signs the TCP messages of {@link MONOLITH}. */
  monolithTcpSecret: string;
  usersDatabasePassword: string;
  emailSubscriptionsDatabasePassword: string;
}

/** New secrets: 32 random bytes each, as 43 characters. */
export function randomSecrets(): Secrets {
  const secret = () => randomBytes(32).toString('base64url');
  return {
    usersTxnTokenSecret: secret(),
    emailSubscriptionsTxnTokenSecret: secret(),
    signingKeySecret: secret(),
    cursorSecret: secret(),
    monolithTcpSecret: secret(),
    usersDatabasePassword: secret(),
    emailSubscriptionsDatabasePassword: secret(),
  };
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
  const kept = (await readKept(file)) ?? (await noneYet(file, dataDir));
  const secrets = { ...randomSecrets(), ...kept };
  if (Object.keys(secrets).length > Object.keys(kept).length) {
    await writeAtomically(file, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  }
  return secrets;
}

async function noneYet(file: string, dataDir: string): Promise<Partial<Secrets>> {
  if (!(await hasCluster(postgresFolder(dataDir)))) return {};
  throw new Fault(
    `${file} is missing. The services cannot use the existing Postgres data without it. ` +
      `Restore the file, or delete ${dataDir} to start with empty databases.`,
  );
}

/** Undefined when there is no such file. */
async function readKept(file: string): Promise<Partial<Secrets> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const kept: unknown = JSON.parse(text);
    if (
      typeof kept === 'object' &&
      kept !== null &&
      Object.values(kept).every((v) => typeof v === 'string')
    ) {
      return kept;
    }
  } catch {
    // Reported below, like any other text that is not an object of strings.
  }
  throw new Fault(`${file} is damaged. Restore it, or delete it together with its databases.`);
}
