import { isDeepStrictEqual } from 'node:util';
import { freePort } from './free-port.js';
import { Fault } from './fault.js';
import { randomSecrets, type Secrets } from './secrets.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';
import { describeServices, namedValues, type PerService, type ServiceName } from './services.js';
import { allSubgraphs, eachSubgraph, type PerSubgraph } from './subgraphs.js';

export type { ServiceProcess } from './service-process.js';
export type { ServiceName } from './services.js';

export interface SystemOptions {
  /** Migrated databases, one for each subgraph. */
  databaseUrls: PerSubgraph<string>;
  env?: Environments;
  /** Random by default. */
  secrets?: Secrets;
  /** By default free ports. */
  ports?: Readonly<Record<ServiceName, number>>;
  /**
   * Puts a proxy between the gateway and a subgraph: takes the subgraph's origin, and returns the origin that the
   * gateway uses instead. Called before the services start.
   */
  between?: PerSubgraph<(origin: string) => string | Promise<string>>;
  /** Default `test`. */
  nodeEnv?: string;
  /** Default `info`. */
  logLevel?: string;
  /** The Jest worker that uses the system, if another process starts it: see {@link freePort}. */
  worker?: number;
  /** Called with each line that a service writes. */
  onLine?: (line: string, service: ServiceProcess) => void;
}

/** Environment variables to add or override, by service. */
export type Environments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>;

/** The real gateway and subgraphs, as processes on 127.0.0.1. */
export interface System {
  /** `http://127.0.0.1:21001/graphql` */
  gatewayUrl: string;
  /** The same, of each subgraph. */
  subgraphUrls: PerSubgraph<string>;
  /** `http://127.0.0.1:21002/metrics`, of each service. */
  metricsUrls: PerService<string>;
  /** The other ports on 127.0.0.1 that subgraphs listen on, by variable. */
  morePorts: Readonly<Record<string, number>>;
  /** By their variable in `.env`. */
  secrets: Secrets;
  /** The values that `development.env` of an example can name. */
  namedValues: Readonly<Record<string, string>>;
  /** The current processes. {@link System.restart} replaces an entry. */
  processes: PerService<ServiceProcess>;
  /**
   * Restarts a service at the same address and returns when it is ready. Its environment stays the same, except for
   * the given variables, which later restarts keep.
   */
  restart(name: ServiceName, environment?: Record<string, string>): Promise<void>;
  /**
   * Replaces the environments that the system was started with. Restarts the services whose environment changes or that
   * have exited. Returns when all are ready.
   */
  configure(env: Environments): Promise<void>;
  /** Drains and stops the gateway, then the subgraphs. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts all services and returns when they are ready.
 * @throws Fault with the last lines of a service that did not start, after the others are stopped
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  requireServices(options.env);
  const plan = {
    ports: await portsOf((name) => options.ports?.[name] ?? freePort(options.worker)),
    metricsPorts: await portsOf(() => freePort(options.worker)),
    morePorts: await morePorts(options.worker),
    databaseUrls: options.databaseUrls,
    secrets: { ...randomSecrets(), ...options.secrets },
    nodeEnv: options.nodeEnv ?? 'test',
    logLevel: options.logLevel ?? 'info',
  };
  const { gateway: _, ...direct } = describeServices(plan);
  const subgraphUrls = await eachSubgraph(async ({ name }) => {
    const { origin } = direct[name]!;
    return (await options.between?.[name]?.(origin)) ?? origin;
  });
  const services = describeServices({ ...plan, subgraphUrls });
  const serviceNames = Object.keys(services);

  let environments: Environments = { ...options.env };
  const ended = new WeakSet<ServiceProcess>();
  const start = (name: ServiceName): ServiceProcess => {
    const service = services[name]!;
    const environment = { ...service.environment, ...environments[name] };
    const process = startServiceProcess({ ...service, environment }, (line) =>
      options.onLine?.(line, process),
    );
    void process.exited.then(() => ended.add(process));
    return process;
  };
  const processes: { gateway: ServiceProcess } & Record<string, ServiceProcess> = {
    ...Object.fromEntries(Object.keys(direct).map((name) => [name, start(name)])),
    gateway: start('gateway'),
  };
  const restartAll = async (names: readonly ServiceName[]) => {
    await Promise.all(names.map((name) => processes[name]!.stop()));
    for (const name of names) processes[name] = start(name);
    await Promise.all(names.map((name) => readyOrItsLastLines(processes[name]!)));
  };
  const stop = async () => {
    const { gateway, ...subgraphs } = processes;
    await gateway.stop();
    await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
  };
  try {
    await Promise.all(Object.values(processes).map(readyOrItsLastLines));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    gatewayUrl: `${services.gateway.origin}/graphql`,
    subgraphUrls: mapped(direct, ({ origin }) => `${origin}/graphql`),
    metricsUrls: { gateway: metricsUrl(plan.metricsPorts.gateway), ...mapped(plan.metricsPorts, metricsUrl) },
    morePorts: plan.morePorts,
    secrets: plan.secrets,
    namedValues: namedValues(plan),
    processes,
    async restart(name, environment) {
      environments = { ...environments, [name]: { ...environments[name], ...environment } };
      requireServices(environments);
      await restartAll([name]);
    },
    async configure(env) {
      requireServices(env);
      const changed = new Set(
        serviceNames.filter((name) => !isDeepStrictEqual(environments[name] ?? {}, env[name] ?? {})),
      );
      environments = { ...env };
      for (const name of serviceNames) if (ended.has(processes[name]!)) changed.add(name);
      await restartAll([...changed]);
      // The gateway is ready when it reaches the restarted subgraphs again.
      await readyOrItsLastLines(processes.gateway);
    },
    stop,
  };
}

/** A value with a wrong name would have no effect. @throws Fault */
function requireServices(values: Environments = {}): void {
  const names = ['gateway', ...allSubgraphs().map(({ name }) => name)];
  const unknown = Object.keys(values).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Fault(`There is no service ${unknown.join(', ')}: use ${names.join(', ')}`);
}

async function portsOf(choose: (name: ServiceName) => number | Promise<number>): Promise<PerService<number>> {
  return { ...(await eachSubgraph(async ({ name }) => choose(name))), gateway: await choose('gateway') };
}

async function morePorts(worker: number | undefined): Promise<Record<string, number>> {
  const variables = allSubgraphs().flatMap(({ service }) => Object.keys(service.development.ports));
  const entries = variables.map(async (variable) => [variable, await freePort(worker)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function mapped<From, To>(values: PerSubgraph<From>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
}

function metricsUrl(port: number): string {
  return `http://127.0.0.1:${port}/metrics`;
}

async function readyOrItsLastLines(service: ServiceProcess): Promise<void> {
  try {
    await service.ready();
  } catch (error) {
    const lines = service.logs().slice(-20).join('\n');
    throw new Fault(`${(error as Error).message}. Its last lines:\n${lines}`, { cause: error });
  }
}
