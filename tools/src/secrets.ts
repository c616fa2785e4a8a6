import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Fault } from './fault.js';
import { writeAtomically } from './write-atomically.js';

/** Everything secret that a development system needs. The code holds none: each installation draws its own. */
export interface Secrets {
  usersTxnTokenSecret: string;
  emailSubscriptionsTxnTokenSecret: string;
  signingKeySecret: string;
  cursorSecret: string;
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
    usersDatabasePassword: secret(),
    emailSubscriptionsDatabasePassword: secret(),
  };
}

/** Those kept in this file (mode 0600); what it lacks, or all of them at the first time, is drawn and added. */
export async function keptSecrets(file: string): Promise<Secrets> {
  const kept = await readKept(file);
  const secrets = { ...randomSecrets(), ...kept };
  if (Object.keys(secrets).length > Object.keys(kept).length) {
    await writeAtomically(file, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  }
  return secrets;
}

async function readKept(file: string): Promise<Partial<Secrets>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
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
