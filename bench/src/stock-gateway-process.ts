import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import type { System } from '@supergraph/tools/system';
import { startChild } from './child.js';
import type { StockGatewayTask } from './stock-gateway.js';
import type { Caller } from './txn-token.js';

/** A stock gateway as a process of its own, over the subgraphs of a running system, acting for one person. */
export async function startStockGateway(system: System, caller: Caller) {
  const task: StockGatewayTask = {
    supergraphFile: path.join(repositoryRoot, 'supergraph.graphql'),
    port: await freePort(),
    caller,
    subgraphs: {
      users: { url: system.usersUrl, secret: system.secrets.usersTxnTokenSecret },
      'email-subscriptions': {
        url: system.emailSubscriptionsUrl,
        secret: system.secrets.emailSubscriptionsTxnTokenSecret,
      },
    },
  };
  const child = await startChild(new URL('./stock-gateway.js', import.meta.url), task, {
    APOLLO_TELEMETRY_DISABLED: '1',
  });
  return { pid: child.pid, url: `http://127.0.0.1:${task.port}/`, stop: () => child.stop() };
}
