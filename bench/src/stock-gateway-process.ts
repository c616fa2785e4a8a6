import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import type { System } from '@supergraph/tools/system';
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
  const child = fork(fileURLToPath(new URL('./stock-gateway.js', import.meta.url)), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      APOLLO_TELEMETRY_DISABLED: '1',
      TASK: JSON.stringify(task),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the stock gateway did not start'))),
  ]);
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${task.port}/`,
    async stop(): Promise<void> {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
