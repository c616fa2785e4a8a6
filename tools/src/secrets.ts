import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCluster } from './embedded-postgres/home.js';
import { Fault } from './fault.js';
import { writeAtomically } from './write-atomically.js';

/** Everything secret that a development system needs. The code holds none: each installation draws its own. */
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

/** Fresh ones: 32 random bytes each, as 43 letters. */
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

/** Where a data directory keeps the embedded Postgres. */
export function postgresFolder(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

/** Where a data directory keeps its secrets. */
export function secretsFile(dataDir: string): string {
  return path.join(dataDir, 'secrets.json');
}

/**
 * Those kept in the data directory, in a file of mode 0600; what it lacks, or all of them at the first start, is drawn
 * and added.
 * @throws Fault when the file is damaged, or missing while there are databases that were made with it
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
    `${file} is missing, and without it the services cannot use the Postgres data beside it. ` +
      `Restore that file, or delete ${dataDir} to start with empty databases.`,
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
    // Told below, like any other text that is not an object of strings.
  }
  throw new Fault(
    `${file} is damaged. Restore it, or delete it together with the databases that it belongs to.`,
  );
}
