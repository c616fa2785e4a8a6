import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { ownerUrl } from './embedded-postgres/databases.js';
import { Fault, faultText } from './fault.js';
import { withClient } from './postgres-client.js';
import { repositoryRoot } from './repository.js';
import { keptSecrets, ownedDatabase, secretsFile, type Secrets } from './secrets.js';
import { describeServices, subgraphProgram } from './services.js';
import { parseStartEnvironment, type StartEnvironment } from './start/environment.js';
import { databasePlace, unreachableBecause } from './start/given-databases.js';
import { type Subgraph, subgraphWith } from './subgraphs.js';

/** `npm run keys:rotate`: the subgraph of `npm start` that signs access tokens gets a new key. */
async function main(): Promise<number> {
  const environment = parseStartEnvironment(process.env, repositoryRoot);
  if (!existsSync(secretsFile(environment.dataDir))) {
    throw new Fault(`There is no system in ${environment.dataDir} yet. Run "npm start" first.`);
  }
  const signer = subgraphWith('SIGNING_KEY_SECRET');
  if (!signer) throw new Fault('No subgraph has signing keys.');
  const secrets = await keptSecrets(environment.dataDir);
  const url = databaseUrl(signer, environment, secrets);
  await requireRunning(signer, url, environment);
  const services = describeServices({
    ports: environment.ports,
    databaseUrls: { [signer.name]: url },
    secrets,
    nodeEnv: process.env['NODE_ENV'] || 'development',
    logLevel: environment.logLevel,
  });
  const child = spawn(process.execPath, [subgraphProgram(signer, 'rotate-keys')], {
    env: { ...process.env, ...services[signer.name]!.environment },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

function databaseUrl(signer: Subgraph, { database }: StartEnvironment, secrets: Secrets): string {
  if (database.kind === 'given') return database.urls[signer.name]!;
  return ownerUrl(`postgres://127.0.0.1:${database.port}`, ownedDatabase(signer, secrets));
}

async function requireRunning(
  signer: Subgraph,
  url: string,
  { database, dataDir }: StartEnvironment,
): Promise<void> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
  } catch (error) {
    const advice =
      database.kind === 'given'
        ? `Set ${signer.names.databaseUrl} to the same value as for "npm start".`
        : `Run "npm start" in another terminal, with the same DATA_DIR (${dataDir}) and POSTGRES_PORT, then this command again.`;
    throw new Fault(
      `The ${signer.name} database ${databasePlace(url)} is not reachable: ${unreachableBecause(error as Error)}\n${advice}`,
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
