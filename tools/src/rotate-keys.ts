import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { ownerUrl } from './embedded-postgres/databases.js';
import { Fault, faultText } from './fault.js';
import { withClient } from './postgres-client.js';
import { repositoryRoot } from './repository.js';
import { keptSecrets, secretsFile, type Secrets } from './secrets.js';
import { describeServices, subgraphProgram } from './services.js';
import { parseStartEnvironment, type StartEnvironment } from './start/environment.js';
import { databasePlace, unreachableBecause } from './start/given-databases.js';

/** `npm run keys:rotate`: the users subgraph of `npm start` gets a new signing key. */
async function main(): Promise<number> {
  const environment = parseStartEnvironment(process.env, repositoryRoot);
  if (!existsSync(secretsFile(environment.dataDir))) {
    throw new Fault(`There is no system in ${environment.dataDir} yet. Run "npm start" first.`);
  }
  const secrets = await keptSecrets(environment.dataDir);
  const url = usersUrl(environment, secrets);
  await requireRunning(url, environment);
  const { users } = describeServices({
    ports: environment.ports,
    databaseUrls: { users: url, emailSubscriptions: '' },
    secrets,
    nodeEnv: process.env['NODE_ENV'] || 'development',
    logLevel: environment.logLevel,
  });
  const child = spawn(process.execPath, [subgraphProgram('users', 'rotate-keys')], {
    env: { ...process.env, ...users.environment },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

function usersUrl({ database }: StartEnvironment, secrets: Secrets): string {
  if (database.kind === 'given') return database.urls.users;
  return ownerUrl(`postgres://127.0.0.1:${database.port}`, {
    name: 'users',
    password: secrets.usersDatabasePassword,
  });
}

async function requireRunning(url: string, { database, dataDir }: StartEnvironment): Promise<void> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
  } catch (error) {
    const advice =
      database.kind === 'given'
        ? 'Set USERS_DATABASE_URL to the same value as for "npm start".'
        : `Run "npm start" in another terminal, with the same DATA_DIR (${dataDir}) and POSTGRES_PORT, then this command again.`;
    throw new Fault(
      `The users database ${databasePlace(url)} is not reachable: ${unreachableBecause(error as Error)}\n${advice}`,
      { cause: error },
    );
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(faultText(error));
  process.exitCode = 1;
}
