import path from 'node:path';
import { repositoryRoot } from '../repository.js';
import { MONOLITH } from '../services.js';
import { writeAtomically } from '../write-atomically.js';

export interface MonolithPlan {
  /** Where email-subscriptions receives TCP messages. */
  readonly tcpPort: number;
  readonly tcpSecret: string;
  /** `http://127.0.0.1:4001` */
  readonly usersOrigin: string;
}

/** The command that starts examples/monolith for a data directory. */
export function monolithCommand(dataDir: string): string {
  const isStandard = dataDir === path.join(repositoryRoot, '.data');
  return isStandard ? 'npm run monolith' : `DATA_DIR='${dataDir}' npm run monolith`;
}

/**
 * Writes the environment of examples/monolith to `monolith.env` in the data directory, readable by its owner only. Each
 * start writes it again, since ports and secrets may have changed.
 * @returns the file
 */
export async function writeMonolithEnv(
  dataDir: string,
  { tcpPort, tcpSecret, usersOrigin }: MonolithPlan,
): Promise<string> {
  const variables = {
    SUBSCRIBERS_HOST: '127.0.0.1',
    SUBSCRIBERS_PORT: tcpPort,
    SUBSCRIBERS_CALLER: MONOLITH.name,
    SUBSCRIBERS_SECRET: tcpSecret,
    JWKS_URL: `${usersOrigin}/.well-known/jwks.json`,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  const file = path.join(dataDir, 'monolith.env');
  await writeAtomically(
    file,
    `# "npm start" writes this file for "npm run monolith".\n${lines.join('')}`,
    0o600,
  );
  return file;
}
