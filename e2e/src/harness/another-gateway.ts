import { freePort } from '@supergraph/tools/free-port';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { perSubgraph } from '@supergraph/tools/subgraphs';
import type { TestSystem } from './test-system.js';

/** A second gateway over the subgraphs of a system. Stop it before them. */
export interface AnotherGateway {
  readonly url: string;
  readonly origin: string;
  readonly metricsUrl: string;
  readonly process: ServiceProcess;
}

/** Starts a gateway. Await `process.ready()` before you use it. */
export async function startAnotherGateway(
  system: TestSystem,
  environment: Record<string, string> = {},
): Promise<AnotherGateway> {
  const metricsPort = await freePort();
  const { gateway } = describeServices({
    ports: { gateway: await freePort() },
    metricsPorts: { gateway: metricsPort },
    subgraphUrls: perSubgraph(({ name }) => new URL(system.subgraphUrls[name]!).origin),
    databaseUrls: system.databaseUrls,
    secrets: system.secrets,
    nodeEnv: 'test',
    logLevel: 'info',
  });
  const process = startServiceProcess({
    ...gateway,
    environment: { ...gateway.environment, ...environment },
  });
  const { origin } = gateway;
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  return { url: `${origin}/graphql`, origin, metricsUrl, process };
}
