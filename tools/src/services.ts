import path from 'node:path';
import { fillIn } from './fill-in.js';
import { repositoryRoot } from './repository.js';
import type { Secrets } from './secrets.js';
import { allSubgraphs, type PerSubgraph, type Subgraph } from './subgraphs.js';

/** `gateway`, or the name of a subgraph. */
export type ServiceName = string;

/** Values by service. */
export type PerService<Value> = { readonly gateway: Value } & PerSubgraph<Value>;

/** Describes how to start a service. */
export interface ServiceDescription {
  /** `gateway` */
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

export interface SystemPlan {
  /** 0 for a service that is not started. */
  ports: PerService<number>;
  /** Default: free ports. */
  metricsPorts?: PerService<number>;
  /** Of `development.ports` in service.yaml, by variable. A port that is missing is not listened on. */
  morePorts?: Readonly<Record<string, number>>;
  databaseUrls: PerSubgraph<string>;
  secrets: Secrets;
  /** More variables of subgraphs. */
  environments?: PerSubgraph<Readonly<Record<string, string>>>;
  /** The URLs that the gateway uses. Default: the subgraphs' own. */
  subgraphUrls?: PerSubgraph<string>;
  /** The data folder of `npm start`. */
  dataDir?: string;
  /** The variables that services inherit. `development.variables` in service.yaml replace none, except with a secret. */
  inherited?: Readonly<Record<string, string | undefined>>;
  nodeEnv: string;
  logLevel: string;
}

/** All services with their environments. */
export function describeServices(plan: SystemPlan): PerService<ServiceDescription> {
  const subgraphs = allSubgraphs().map((subgraph) => describeSubgraph(subgraph, plan));
  return Object.assign(Object.fromEntries(subgraphs.map((service) => [service.name, service])), {
    gateway: describeGateway(plan),
  });
}

/** The values that texts of `npm start` can name: ports, secrets, the data folder and the origins of subgraphs. */
export function namedValues({ ports, morePorts, secrets, dataDir }: SystemPlan): Record<string, string> {
  return {
    ...secrets,
    ...Object.fromEntries(allSubgraphs().map(({ name, names }) => [names.url, originAt(ports[name] ?? 0)])),
    ...Object.fromEntries(Object.entries(morePorts ?? {}).map(([name, port]) => [name, String(port)])),
    GATEWAY_PORT: String(ports.gateway),
    ...(dataDir !== undefined && { DATA_DIR: dataDir }),
  };
}

/** The absolute path of a subgraph's program, such as `migrate`. */
export function subgraphProgram({ folder }: Pick<Subgraph, 'folder'>, program: string): string {
  return path.join(folder, 'dist', `${program}.js`);
}

function describeSubgraph({ name, names, folder, service }: Subgraph, plan: SystemPlan): ServiceDescription {
  const { secrets, morePorts = {} } = plan;
  const ports = Object.keys(service.development.ports).filter((variable) => variable in morePorts);
  const own = Object.entries(service.secrets).map(([variable, { env = variable }]) => [
    variable,
    secrets[env]!,
  ]);
  return describe(name, folder, plan, {
    DATABASE_URL: plan.databaseUrls[name] ?? '',
    TXN_TOKEN_SECRET: secrets[names.secret]!,
    ...Object.fromEntries(own),
    ...developmentVariables(service, plan),
    ...Object.fromEntries(ports.map((variable) => [variable, String(morePorts[variable])])),
    ...plan.environments?.[name],
  });
}

/** Leaves out what the service inherits, unless it is a secret, and a text whose values this plan does not have. */
function developmentVariables(
  { development }: Subgraph['service'],
  plan: SystemPlan,
): Record<string, string> {
  const values = namedValues(plan);
  const entries = Object.entries(development.variables)
    .filter(([variable, text]) => !plan.inherited?.[variable] || namesSecret(text, plan.secrets))
    .map(([variable, text]) => [variable, fillIn(text, values)] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function namesSecret(text: string, secrets: Secrets): boolean {
  return Object.keys(secrets).some((name) => text.includes(`\${${name}}`));
}

function describeGateway(plan: SystemPlan): ServiceDescription {
  const addresses = allSubgraphs().flatMap(({ name, names }) => [
    [names.url, plan.subgraphUrls?.[name] ?? originAt(plan.ports[name] ?? 0)],
    [names.secret, plan.secrets[names.secret]!],
  ]);
  const environment = {
    ...Object.fromEntries(addresses),
    SUPERGRAPH_FILE: path.join(repositoryRoot, 'supergraph.graphql'),
  };
  const gateway = describe('gateway', path.join(repositoryRoot, 'gateway'), plan, environment);
  return { ...gateway, nodeFlags: GATEWAY_FLAGS };
}

function describe(
  name: ServiceName,
  folder: string,
  { ports, metricsPorts, nodeEnv, logLevel }: SystemPlan,
  environment: Record<string, string>,
): ServiceDescription {
  const port = ports[name] ?? 0;
  return {
    name,
    entryPoint: path.join(folder, 'dist/main.js'),
    origin: originAt(port),
    environment: {
      HOST: '127.0.0.1',
      NODE_ENV: nodeEnv,
      LOG_LEVEL: logLevel,
      METRICS_PORT: String(metricsPorts?.[name] ?? 0),
      ...environment,
      PORT: String(port),
    },
    nodeFlags: [],
  };
}

function originAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}
