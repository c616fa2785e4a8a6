import path from 'node:path';
import { repositoryRoot } from './repository.js';
import type { Secrets } from './secrets.js';
import type { FirstOwner } from './start/first-owner.js';

export type ServiceName = 'gateway' | 'users' | 'emailSubscriptions';

/** A subgraph by the name that the supergraph, its folder and its log lines have. */
export type SubgraphName = 'users' | 'email-subscriptions';

export const subgraphNames: readonly SubgraphName[] = ['users', 'email-subscriptions'];

/** One value for each service. */
export type PerService<Value> = Record<ServiceName, Value>;

/** One value for each subgraph. */
export type PerSubgraph<Value> = Record<Exclude<ServiceName, 'gateway'>, Value>;

/** All that it takes to start one service. */
export interface ServiceDescription {
  /** As people read it: `email-subscriptions`. */
  name: string;
  /** The program, absolute. */
  entryPoint: string;
  /** `http://127.0.0.1:4001` */
  origin: string;
  environment: Record<string, string>;
  /** For Node.js itself. */
  nodeFlags: readonly string[];
}

/** Room for what one request leaves behind, so that V8 collects it less often; docker-compose.yml says the same. */
const GATEWAY_FLAGS = ['--max-semi-space-size=64'];

/** The application that a development system takes TCP messages from: what examples/monolith signs as. */
export const MONOLITH = { name: 'monolith', scopes: ['subscribers:read', 'subscribers:write'] } as const;

export interface SystemPlan {
  ports: PerService<number>;
  /** Any free ones when left out. */
  metricsPorts?: PerService<number>;
  databaseUrls: PerSubgraph<string>;
  secrets: Secrets;
  /** Where email-subscriptions takes TCP messages of {@link MONOLITH}; it takes none when left out. */
  tcpPort?: number | undefined;
  /** Whom the users service makes an owner if there is none. */
  firstOwner?: FirstOwner | undefined;
  /** Where the gateway finds a subgraph, if not at the subgraph's own address. */
  subgraphUrls?: Partial<PerSubgraph<string>>;
  /** Where users writes its mails, unless its environment names a mail server. */
  mailFolder?: string;
  /** Where links in mails lead to. */
  appUrl?: string;
  nodeEnv: string;
  logLevel: string;
}

/** The three services and the environment that each of them is started with. */
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
