import path from 'node:path';
import { repositoryRoot } from './repository.js';
import type { Secrets } from './secrets.js';
import type { FirstOwner } from './start/first-owner.js';

export type ServiceName = 'gateway' | 'users' | 'emailSubscriptions';

/** The name of a subgraph in the supergraph, its folder and its log lines. */
export type SubgraphName = 'users' | 'email-subscriptions';

export const subgraphNames: readonly SubgraphName[] = ['users', 'email-subscriptions'];

/** One value for each service. */
export type PerService<Value> = Record<ServiceName, Value>;

/** One value for each subgraph. */
export type PerSubgraph<Value> = Record<Exclude<ServiceName, 'gateway'>, Value>;

/** Describes how to start a service. */
export interface ServiceDescription {
  /** `email-subscriptions` */
  name: string;
  /** The absolute path of the program. */
  entryPoint: string;
  /** `http://127.0.0.1:4001` */
  origin: string;
  environment: Record<string, string>;
  /** Options of Node.js. */
  nodeFlags: readonly string[];
}

/** More space for short-lived objects, so that V8 collects garbage less often. docker-compose.yml has the same flag. */
const GATEWAY_FLAGS = ['--max-semi-space-size=64'];

/** The application that may send TCP messages in a development system: examples/monolith. */
export const MONOLITH = { name: 'monolith', scopes: ['subscribers:read', 'subscribers:write'] } as const;

export interface SystemPlan {
  ports: PerService<number>;
  /** Default: free ports. */
  metricsPorts?: PerService<number>;
  databaseUrls: PerSubgraph<string>;
  secrets: Secrets;
  /** Where email-subscriptions receives TCP messages of {@link MONOLITH}. Default: it receives none. */
  tcpPort?: number | undefined;
  /** The first owner, which users creates in a database without one. */
  firstOwner?: FirstOwner | undefined;
  /** The URLs that the gateway uses. Default: the subgraphs' own. */
  subgraphUrls?: Partial<PerSubgraph<string>>;
  /** The folder to which users writes mails, unless its environment names a mail server. */
  mailFolder?: string;
  /** The base URL of links in mails. */
  appUrl?: string;
  nodeEnv: string;
  logLevel: string;
}

/** The three services with their environments. */
export function describeServices(plan: SystemPlan): PerService<ServiceDescription> {
  const { ports, databaseUrls, secrets } = plan;
  const metricsPort = (name: ServiceName) => ({ METRICS_PORT: String(plan.metricsPorts?.[name] ?? 0) });
  const common = { HOST: '127.0.0.1', NODE_ENV: plan.nodeEnv, LOG_LEVEL: plan.logLevel };
  const users = describe('users', 'subgraphs/users', ports.users, {
    ...common,
    ...metricsPort('users'),
    DATABASE_URL: databaseUrls.users,
    TXN_TOKEN_SECRET: secrets.usersTxnTokenSecret,
    SIGNING_KEY_SECRET: secrets.signingKeySecret,
    ...(plan.firstOwner && { OWNER_EMAIL: plan.firstOwner.email, OWNER_PASSWORD: plan.firstOwner.password }),
    ...(plan.mailFolder !== undefined && { MAIL_FOLDER: plan.mailFolder }),
    ...(plan.appUrl !== undefined && { APP_URL: plan.appUrl }),
  });
  const emailSubscriptions = describe(
    'email-subscriptions',
    'subgraphs/email-subscriptions',
    ports.emailSubscriptions,
    {
      ...common,
      ...metricsPort('emailSubscriptions'),
      DATABASE_URL: databaseUrls.emailSubscriptions,
      TXN_TOKEN_SECRET: secrets.emailSubscriptionsTxnTokenSecret,
      CURSOR_SECRET: secrets.cursorSecret,
      ...(plan.tcpPort !== undefined && {
        TCP_PORT: String(plan.tcpPort),
        TCP_CALLERS: JSON.stringify([{ ...MONOLITH, secret: secrets.monolithTcpSecret }]),
      }),
    },
  );
  const environment = {
    ...common,
    ...metricsPort('gateway'),
    USERS_URL: plan.subgraphUrls?.users ?? users.origin,
    EMAIL_SUBSCRIPTIONS_URL: plan.subgraphUrls?.emailSubscriptions ?? emailSubscriptions.origin,
    USERS_TXN_TOKEN_SECRET: secrets.usersTxnTokenSecret,
    EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET: secrets.emailSubscriptionsTxnTokenSecret,
    SUPERGRAPH_FILE: path.join(repositoryRoot, 'supergraph.graphql'),
  };
  const gateway = {
    ...describe('gateway', 'gateway', ports.gateway, environment),
    nodeFlags: GATEWAY_FLAGS,
  };
  return { gateway, users, emailSubscriptions };
}

/** The absolute path of a subgraph's program. */
export function subgraphProgram(
  subgraph: SubgraphName,
  program: 'migrate' | 'print-schema' | 'rotate-keys',
): string {
  return path.join(repositoryRoot, 'subgraphs', subgraph, 'dist', `${program}.js`);
}

function describe(
  name: string,
  folder: string,
  port: number,
  environment: Record<string, string>,
): ServiceDescription {
  return {
    name,
    entryPoint: path.join(repositoryRoot, folder, 'dist/main.js'),
    origin: `http://127.0.0.1:${port}`,
    environment: { ...environment, PORT: String(port) },
    nodeFlags: [],
  };
}
