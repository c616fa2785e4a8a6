import { isDeepStrictEqual } from 'node:util';
import { freePort } from './free-port.js';
import { Fault } from './fault.js';
import { randomSecrets, type Secrets } from './secrets.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';
import { describeServices, type PerService, type PerSubgraph, type ServiceName } from './services.js';

export type { ServiceProcess } from './service-process.js';
export type { ServiceName } from './services.js';

export interface SystemOptions {
  /** Migrated databases, one for each subgraph. */
  databaseUrls: PerSubgraph<string>;
  env?: Environments;
  /** Random by default. */
  secrets?: Partial<Secrets>;
  /** By default free ports. */
  ports?: Partial<PerService<number>>;
  /**
   * Puts a proxy between the gateway and a subgraph: takes the subgraph's origin, and returns the origin that the
   * gateway uses instead. Called before the services start.
   */
  between?: Partial<PerSubgraph<(origin: string) => string | Promise<string>>>;
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
export type Environments = Partial<PerService<Record<string, string>>>;

const serviceNames: readonly ServiceName[] = ['users', 'emailSubscriptions', 'gateway'];

/** The real gateway and subgraphs, as processes on 127.0.0.1. */
export interface System {
  /** `http://127.0.0.1:21001/graphql` */
  gatewayUrl: string;
  usersUrl: string;
  emailSubscriptionsUrl: string;
  /** `http://127.0.0.1:21002/metrics`, of each service. */
  metricsUrls: PerService<string>;
  /** The port on 127.0.0.1 where email-subscriptions receives TCP messages. */
  tcpPort: number;
  secrets: Secrets;
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
 * Starts the three services and returns when all of them are ready.
 * @throws Fault with the last lines of a service that did not start, after the others are stopped
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const port = () => freePort(options.worker);
  const ports = {
    gateway: options.ports?.gateway ?? (await port()),
    users: options.ports?.users ?? (await port()),
    emailSubscriptions: options.ports?.emailSubscriptions ?? (await port()),
  };
  const metricsPorts = { gateway: await port(), users: await port(), emailSubscriptions: await port() };
  const tcpPort = await port();
  const secrets = { ...randomSecrets(), ...options.secrets };
  const plan = {
    ports,
    metricsPorts,
    tcpPort,
    databaseUrls: options.databaseUrls,
    secrets,
    nodeEnv: options.nodeEnv ?? 'test',
    logLevel: options.logLevel ?? 'info',
  };
  const { users, emailSubscriptions } = describeServices(plan);
  const services = describeServices({
    ...plan,
    subgraphUrls: {
      users: (await options.between?.users?.(users.origin)) ?? users.origin,
      emailSubscriptions:
        (await options.between?.emailSubscriptions?.(emailSubscriptions.origin)) ?? emailSubscriptions.origin,
    },
  });

  let environments: Environments = { ...options.env };
  const ended = new WeakSet<ServiceProcess>();
  const start = (name: ServiceName): ServiceProcess => {
    const service = services[name];
    const environment = { ...service.environment, ...environments[name] };
    const process = startServiceProcess({ ...service, environment }, (line) =>
      options.onLine?.(line, process),
    );
    void process.exited.then(() => ended.add(process));
    return process;
  };
  const processes = {
    users: start('users'),
    emailSubscriptions: start('emailSubscriptions'),
    gateway: start('gateway'),
  };
  const restartAll = async (names: readonly ServiceName[]) => {
    await Promise.all(names.map((name) => processes[name].stop()));
    for (const name of names) processes[name] = start(name);
    await Promise.all(names.map((name) => readyOrItsLastLines(processes[name])));
  };
  const stop = async () => {
    await processes.gateway.stop();
    await Promise.all([processes.users.stop(), processes.emailSubscriptions.stop()]);
  };
  try {
    await Promise.all(Object.values(processes).map(readyOrItsLastLines));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    gatewayUrl: `${services.gateway.origin}/graphql`,
    usersUrl: `${services.users.origin}/graphql`,
    emailSubscriptionsUrl: `${services.emailSubscriptions.origin}/graphql`,
    metricsUrls: {
      gateway: metricsUrl(metricsPorts.gateway),
      users: metricsUrl(metricsPorts.users),
      emailSubscriptions: metricsUrl(metricsPorts.emailSubscriptions),
    },
    tcpPort,
    secrets,
    processes,
    async restart(name, environment) {
      environments[name] = { ...environments[name], ...environment };
      await restartAll([name]);
    },
    async configure(env) {
      const changed = new Set(
        serviceNames.filter((name) => !isDeepStrictEqual(environments[name] ?? {}, env[name] ?? {})),
      );
      environments = { ...env };
      for (const name of serviceNames) if (ended.has(processes[name])) changed.add(name);
      await restartAll([...changed]);
      // The gateway is ready when it reaches the restarted subgraphs again.
      await readyOrItsLastLines(processes.gateway);
    },
    stop,
  };
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
