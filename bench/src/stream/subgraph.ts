import { randomUUID } from 'node:crypto';
import { freePort } from '@supergraph/tools/free-port';
import type { Secrets } from '@supergraph/tools/secrets';
import { startServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { asGateway, Endpoint } from '../additions/endpoint.js';

const CALLER = {
  userId: randomUUID(),
  sessionId: randomUUID(),
  scopes: ['subscribers:read', 'subscribers:write'],
};

/** email-subscriptions as a process of its own, with no gateway before it, and one person who calls it. */
export interface Subgraph {
  readonly pid: number;
  readonly endpoint: Endpoint;
}

/**
 * Starts it, works with it when it is ready, and stops it whatever happens.
 * @throws Fault with its last words when it does not become ready
 */
export async function withSubgraph<Result>(
  databaseUrl: string,
  secrets: Secrets,
  work: (subgraph: Subgraph) => Promise<Result>,
): Promise<Result> {
  const { emailSubscriptions: description } = describeServices({
    ports: { gateway: 0, users: 0, emailSubscriptions: await freePort() },
    databaseUrls: { users: '', emailSubscriptions: databaseUrl },
    secrets,
    nodeEnv: 'production',
    logLevel: 'warn',
  });
  const service = startServiceProcess(description, (line) => console.error(line));
  const credentials = asGateway('email-subscriptions', secrets.emailSubscriptionsTxnTokenSecret, CALLER);
  const endpoint = new Endpoint(`${description.origin}/graphql`, credentials);
  try {
    await service.ready();
    return await work({ pid: service.pid, endpoint });
  } finally {
    await endpoint.close();
    await service.stop();
  }
}
