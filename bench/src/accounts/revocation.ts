import { freePort } from '@supergraph/tools/free-port';
import { Fault } from '@supergraph/tools/fault';
import { startServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { printFigures } from '../figure.js';
import { AccountClient } from './account-client.js';
import { type AccountsSystem, GATEWAY } from './accounts-system.js';
import { untilRefused, untilSocketCloses, watchingSocket } from './ends-of-sessions.js';

const ROUNDS = 24;
const LONGEST_MS = 5_000;

/** From the answer of `revokeSessions` at one of two gateways until each of them refuses the session, and closes its sockets. */
export async function revocation(accounts: AccountsSystem): Promise<void> {
  await withSecondGateway(accounts, async (secondUrl) => {
    const urls = [accounts.system.gatewayUrl, secondUrl];
    const clients = urls.map((url) => new AccountClient(url, 4, () => ({})));
    const refused: number[][] = urls.map(() => []);
    const closed: number[][] = urls.map(() => []);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const took = await endOneSession(accounts, urls, clients, accounts.emails[round]!);
        took.refused.forEach((ms, gateway) => refused[gateway]!.push(ms));
        took.closed.forEach((ms, gateway) => closed[gateway]!.push(ms));
      }
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
    const names = ['the gateway that was asked', 'the other one'];
    const figures = (what: string, times: number[][]) =>
      times.flatMap((values, gateway) => [
        { name: `${what}, ${names[gateway]}`, values, unit: 'ms', atMost: LONGEST_MS },
        { name: '  at most', values: [Math.max(...values)], unit: 'ms', atMost: LONGEST_MS },
      ]);
    printFigures(`From the answer of revokeSessions: ${ROUNDS} rounds, median (smallest–largest)`, [
      ...figures('refused over HTTP', refused),
      ...figures('live socket closed with 4403', closed),
    ]);
  });
}

/** Somebody on two devices ends the other one. */
async function endOneSession(
  { password }: AccountsSystem,
  urls: readonly string[],
  clients: readonly AccountClient[],
  email: string,
) {
  const [first] = clients as [AccountClient];
  const [own, other] = [await first.logIn(0, email, password), await first.logIn(0, email, password)];
  const sockets = await Promise.all(urls.map((url) => watchingSocket(url, other.accessToken)));
  const closing = sockets.map(untilSocketCloses);
  // Nobody waits for them when something fails before.
  for (const each of closing) each.catch(() => undefined);
  const { text } = await first.send(
    0,
    'mutation { revokeSessions(input: { othersOnly: true }) { revoked userErrors { code } } }',
    {},
    { authorization: `Bearer ${own.accessToken}` },
  );
  if (!text.includes('"revoked":1')) throw new Fault(`revokeSessions: ${text}`);
  const answeredAt = performance.now();
  const [refusedAt, closedAt] = await Promise.all([
    Promise.all(clients.map((client) => untilRefused(client, other.accessToken))),
    Promise.all(closing),
  ]);
  const since = (at: number) => Math.max(0, at - answeredAt);
  return { refused: refusedAt.map(since), closed: closedAt.map(since) };
}

async function withSecondGateway(
  { system, databaseUrls }: AccountsSystem,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const portOf = (url: string) => Number(new URL(url).port);
  const { gateway } = describeServices({
    ports: {
      gateway: await freePort(),
      users: portOf(system.usersUrl),
      emailSubscriptions: portOf(system.emailSubscriptionsUrl),
    },
    databaseUrls,
    secrets: system.secrets,
    nodeEnv: 'production',
    logLevel: 'warn',
  });
  const process = startServiceProcess({ ...gateway, environment: { ...gateway.environment, ...GATEWAY } });
  try {
    await process.ready();
    await work(`${gateway.origin}/graphql`);
  } finally {
    await process.stop();
  }
}
