import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createOwnedDatabases, ownerUrl } from './embedded-postgres/databases.js';
import { stopLeftover } from './embedded-postgres/home.js';
import { startEmbeddedPostgres } from './embedded-postgres/launcher.js';
import { Fault, faultText } from './fault.js';
import { requirePortsFree } from './free-port.js';
import { migrate } from './migration.js';
import { repositoryRoot } from './repository.js';
import { keptSecrets, ownedDatabase, postgresFolder, type Secrets } from './secrets.js';
import { describeServices, namedValues, type ServiceDescription, type SystemPlan } from './services.js';
import { parseStartEnvironment, portsByVariable, type StartEnvironment } from './start/environment.js';
import { monolithCommand, writeExampleEnvs } from './start/example-env.js';
import { accountsSubgraph, drawFirstOwner, introduction, ownerVariables } from './start/first-owner.js';
import { databasePlace, requireReachable } from './start/given-databases.js';
import { interruption } from './start/interruption.js';
import { claimRun } from './start/run-file.js';
import { metricsPorts } from './start/metrics-ports.js';
import { RunningParts } from './start/running-parts.js';
import { Terminal } from './start/terminal.js';
import { welcome } from './start/welcome.js';
import { allSubgraphs, eachSubgraph, perSubgraph, type PerSubgraph } from './subgraphs.js';

export interface StartOptions {
  /** Milliseconds, as of `Date.now()`. */
  startedAt: number;
  /** The parent process at the start, if npm started this process. Everything stops when npm ends. */
  npmParentPid: number | undefined;
}

/**
 * `npm start`: starts the whole system, and stops it when it is interrupted or a part ends.
 * @returns the exit code
 */
export async function start({ startedAt, npmParentPid }: StartOptions): Promise<number> {
  const terminal = new Terminal(startedAt);
  const interrupted = interruption(npmParentPid);
  try {
    const environment = parseStartEnvironment(process.env, repositoryRoot);
    const logFolder = path.join(environment.dataDir, 'logs');
    await makeFolder(logFolder);
    const run = await Promise.race([
      interrupted,
      claimRun(environment.dataDir, (line) => terminal.say(line)),
    ]);
    if (typeof run === 'string') return 0;
    try {
      const parts = new RunningParts(logFolder, terminal, run);
      return await runUntilStopped(environment, parts, terminal, interrupted);
    } finally {
      await run.release();
    }
  } catch (error) {
    terminal.complain(faultText(error));
    return 1;
  }
}

async function runUntilStopped(
  environment: StartEnvironment,
  parts: RunningParts,
  terminal: Terminal,
  interrupted: Promise<string>,
): Promise<number> {
  try {
    const reason = await Promise.race([interrupted, parts.died, bringUp(environment, parts, terminal)]);
    terminal.say(`\nstopping (${reason})`);
    await parts.stop();
    return 0;
  } catch (error) {
    terminal.complain(faultText(error));
    await parts.stop();
    return 1;
  }
}

/** Never resolves: the system runs until something else stops it. */
async function bringUp(
  environment: StartEnvironment,
  parts: RunningParts,
  terminal: Terminal,
): Promise<never> {
  const { ports, morePorts, dataDir, logLevel } = environment;
  // The Postgres of an earlier, killed run still uses the port.
  if (environment.database.kind === 'embedded')
    await stopLeftover(postgresFolder(dataDir), (line) => terminal.say(line));
  await requirePortsFree(portsByVariable(environment));
  const secrets = await keptSecrets(dataDir);
  const databaseUrls = await openDatabases(environment, secrets, parts, terminal);

  await eachSubgraph((subgraph) => migrate(subgraph, databaseUrls[subgraph.name]!, parts.stopping));
  terminal.done(`${allSubgraphs().length === 2 ? 'both' : 'all'} databases migrated`);

  const accounts = accountsSubgraph()?.name;
  const firstOwner =
    accounts === undefined ? undefined : await drawFirstOwner(databaseUrls[accounts]!, process.env);
  const plan: SystemPlan = {
    ports,
    metricsPorts: await metricsPorts(ports, Object.values(portsByVariable(environment))),
    morePorts,
    databaseUrls,
    secrets,
    ...(firstOwner && { environments: { [accounts!]: ownerVariables(firstOwner) } }),
    dataDir,
    inherited: process.env,
    nodeEnv: process.env['NODE_ENV'] || 'development',
    logLevel,
  };
  const { gateway, ...subgraphs } = describeServices(plan);
  await writeExampleEnvs(dataDir, namedValues(plan));
  const ready = new Set<ServiceDescription>();
  const onReady = (service: ServiceDescription) => {
    ready.add(service);
    terminal.done(`${service.name} ready at ${service.origin}`);
  };
  try {
    await parts.startServices(Object.values(subgraphs), onReady);
    await parts.startServices([gateway], onReady);
    parts.stopping.throwIfAborted();
  } catch (error) {
    // The next start finds the owner and does not show the password.
    if (firstOwner && [...ready].some(({ name }) => name === accounts))
      terminal.say(introduction(firstOwner));
    throw error;
  }
  terminal.say(
    welcome({
      ports,
      monolithCommand: monolithCommand(dataDir),
      firstOwner,
      mailFolder: process.env['SMTP_URL'] ? undefined : mailFolderOf(subgraphs),
    }),
  );
  return new Promise(() => undefined);
}

async function openDatabases(
  { database, dataDir }: StartEnvironment,
  secrets: Secrets,
  parts: RunningParts,
  terminal: Terminal,
): Promise<PerSubgraph<string>> {
  if (database.kind === 'given') {
    await requireReachable(database.urls);
    terminal.done(`databases reached: ${Object.values(database.urls).map(databasePlace).join(', ')}`);
    return database.urls;
  }
  const owned = perSubgraph((subgraph) => ownedDatabase(subgraph, secrets));
  const { superuserUrl, version, folder } = await parts.startPostgres(async () =>
    startEmbeddedPostgres({
      dataDir: postgresFolder(dataDir),
      port: database.port,
      log: (line) => terminal.say(line),
    }),
  );
  terminal.done(`Postgres ${version} ready at 127.0.0.1:${database.port}, data in ${folder}`);
  await createOwnedDatabases(superuserUrl, Object.values(owned));
  return perSubgraph(({ name }) => ownerUrl(superuserUrl, owned[name]!));
}

/** The folder to which a service writes its mails. */
function mailFolderOf(services: PerSubgraph<ServiceDescription>): string | undefined {
  const folders = Object.values(services).map(({ environment }) => environment['MAIL_FOLDER']);
  return folders.find(Boolean) ?? process.env['MAIL_FOLDER'];
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(path.dirname(folder), constants.W_OK);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new Fault(
      `DATA_DIR: the folder ${folder} cannot be created or written: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
