import { printFigures } from '../figure.js';
import type { AccountClient } from './account-client.js';
import type { AccountsSystem } from './accounts-system.js';
import { timesPerSecond } from './crowd-of-clients.js';

const ROUNDS = 3;
const ROUND_SECONDS = 10;
const WARM_UP_SECONDS = 3;
const CLIENTS = 32;

/** Sessions that are refreshed a second, each by one client, one after the other. */
export async function refreshes(system: AccountsSystem): Promise<void> {
  const clients = { direct: system.direct(CLIENTS), gateway: system.throughGateway(CLIENTS) };
  const rates = { direct: [] as number[], gateway: [] as number[] };
  try {
    const tokens = await refreshTokens(system, clients.direct);
    const rate = (client: AccountClient, seconds: number) =>
      timesPerSecond(CLIENTS, seconds, async (n) => {
        tokens[n] = (await client.refresh(n, tokens[n]!)).refreshToken;
      });
    for (const client of Object.values(clients)) await rate(client, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.direct.push(await rate(clients.direct, ROUND_SECONDS));
      rates.gateway.push(await rate(clients.gateway, ROUND_SECONDS));
    }
  } finally {
    await Promise.all([clients.direct.close(), clients.gateway.close()]);
  }
  printFigures(`Refreshed sessions: ${ROUNDS} rounds of ${ROUND_SECONDS} s, ${CLIENTS} clients`, [
    { name: 'refreshSession at users', values: rates.direct, unit: 'a second' },
    { name: 'refreshSession through the gateway', values: rates.gateway, unit: 'a second' },
  ]);
}

async function refreshTokens({ emails, password }: AccountsSystem, client: AccountClient): Promise<string[]> {
  const logins = Array.from({ length: CLIENTS }, (_, n) => client.logIn(n, emails[n]!, password));
  return (await Promise.all(logins)).map(({ refreshToken }) => refreshToken);
}
