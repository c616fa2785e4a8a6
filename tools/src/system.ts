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
  /** Variables to set, or to set otherwise, for one service. */
  env?: Partial<PerService<Record<string, string>>>;
  /** Drawn at random when left out. */
  secrets?: Partial<Secrets>;
  /** Ports of your own choice; free ones otherwise. */
  ports?: Partial<PerService<number>>;
  /**
   * Puts something between the gateway and a subgraph: gets the subgraph's origin, gives the origin that the gateway
   * shall use. It is called before anything runs.
   */
  between?: Partial<PerSubgraph<(origin: string) => string | Promise<string>>>;
  /** Default `test`. */
  nodeEnv?: string;
  /** Default `info`. */
  logLevel?: string;
}

/** The real gateway and subgraphs, as processes on 127.0.0.1. */
export interface System {
  /** `http://127.0.0.1:21001/graphql` */
  gatewayUrl: string;
  usersUrl: string;
  emailSubscriptionsUrl: string;
  /** `http://127.0.0.1:21002/metrics`, of each service. */
  metricsUrls: PerService<string>;
  /** Where email-subscriptions takes TCP messages, on 127.0.0.1. */
  tcpPort: number;
  secrets: Secrets;
  /** What runs now: an entry changes with {@link System.restart}. */
  processes: PerService<ServiceProcess>;
  /**
   * Ends a service, unless it has ended, and starts it anew with the same address and environment, but for what is set
   * otherwise from now on; returns when ready.
   */
  restart(name: ServiceName, environment?: Record<string, string>): Promise<void>;
  /** Drains and ends the gateway, then the subgraphs. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the three services and returns when all of them are ready.
 * @throws Fault, after ending what ran already, with the last lines of a service that did not start
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const ports = {
    gateway: options.ports?.gateway ?? (await freePort()),
    users: options.ports?.users ?? (await freePort()),
    emailSubscriptions: options.ports?.emailSubscriptions ?? (await freePort()),
  };
  const metricsPorts = {
    gateway: await freePort(),
    users: await freePort(),
    emailSubscriptions: await freePort(),
  };
  const tcpPort = await freePort();
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

  const changed: Partial<PerService<Record<string, string>>> = {};
  const start = (name: ServiceName) => {
    const service = services[name];
    return startServiceProcess({
      ...service,
      environment: { ...service.environment, ...options.env?.[name], ...changed[name] },
    });
  };
  const processes = {
    users: start('users'),
    emailSubscriptions: start('emailSubscriptions'),
    gateway: start('gateway'),
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
      changed[name] = { ...changed[name], ...environment };
      await processes[name].stop();
      processes[name] = start(name);
      await readyOrItsLastLines(processes[name]);
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
