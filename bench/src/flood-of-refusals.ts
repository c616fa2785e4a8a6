import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { printFigures } from './figure.js';
import { LoadGenerator } from './load.js';
import { addSubscribers, logIn, newAccount } from './people.js';

const FLOOD_SECONDS = 10;
const PER_SECOND = 100;
/** The flood has an address of its own, as limits of requests are held for each address. */
const FLOOD_ADDRESS = '127.0.0.2';
const BETWEEN_LOGINS_MS = 100;

const REFUSED = 'mutation { refreshSession(input: {refreshToken: "x"}) { userErrors { __typename: code } } }';
const JOINED = '{ subscribers(first: 10) { nodes { email addedBy { displayName } } } }';

/** One anonymous client sends what is refused; others log in and read a joined page meanwhile. */
export async function measureFlood(gatewayUrl: string): Promise<void> {
  const account = await newAccount(gatewayUrl);
  const { accessToken } = await logIn(gatewayUrl, account);
  await addSubscribers(gatewayUrl, accessToken, 10);
  const reader = new LoadGenerator({
    url: gatewayUrl,
    query: JOINED,
    headers: { authorization: `Bearer ${accessToken}` },
    connections: 1,
  });
  const others = { logins: 0, failedLogins: 0, joins: 0, failedJoins: 0 };
  const state = { isOver: false };
  const using = (async () => {
    while (!state.isOver) {
      await logIn(gatewayUrl, account).then(
        () => (others.logins += 1),
        () => (others.failedLogins += 1),
      );
      await reader.one().then(
        () => (others.joins += 1),
        () => (others.failedJoins += 1),
      );
      await delay(BETWEEN_LOGINS_MS);
    }
  })();
  const refused = await flood(gatewayUrl);
  state.isOver = true;
  await using;
  await reader.close();
  printFigures(`Others beside ${PER_SECOND} refused requests a second, for ${FLOOD_SECONDS} s`, [
    { name: 'requests refused', values: [refused], atLeast: FLOOD_SECONDS * PER_SECOND },
    { name: 'logins', values: [others.logins], atLeast: 1 },
    { name: 'logins that failed', values: [others.failedLogins], atMost: 0 },
    { name: 'joined pages', values: [others.joins], atLeast: 1 },
    { name: 'joined pages that failed', values: [others.failedJoins], atMost: 0 },
  ]);
}

/** @returns how many were refused as an error of the client */
async function flood(gatewayUrl: string): Promise<number> {
  const { origin, pathname } = new URL(gatewayUrl);
  const pool = new Pool(origin, { connect: { localAddress: FLOOD_ADDRESS } });
  const one = async () => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: pathname,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: REFUSED }),
    });
    await body.dump();
    return statusCode === 400;
  };
  const sent: Promise<boolean>[] = [];
  const start = performance.now();
  for (let n = 0; n < FLOOD_SECONDS * PER_SECOND; n += 1) {
    await delay(Math.max(0, start + (n * 1_000) / PER_SECOND - performance.now()));
    sent.push(one());
  }
  const refused = (await Promise.all(sent)).filter(Boolean).length;
  await pool.close();
  return refused;
}
