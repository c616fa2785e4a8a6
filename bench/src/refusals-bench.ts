import { setTimeout as delay } from 'node:timers/promises';
import { startSystem } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { request } from 'undici';
import { ACCEPTED_DOCUMENTS } from './accepted-documents.js';
import { printFigures } from './figure.js';
import { measureFlood } from './flood-of-refusals.js';
import { newEditor, OPEN_REGISTRATION } from './people.js';
import {
  askBySocket,
  HOSTILE_OPERATIONS,
  LARGEST_OPERATION,
  type HostileOperation,
} from './refused-documents.js';

const EACH = 30;
const LONGEST_REFUSAL_MS = 20;
const LONGEST_BLOCK_MS = 50;
const BETWEEN_LOOKS_MS = 5;

/**
 * How fast hostile operations are refused over HTTP and WebSocket, how long those take to be planned that are just not
 * refused, and how late others are served meanwhile.
 */
export async function refusalsBench(): Promise<void> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const system = await startSystem({
    databaseUrls: { users: users.url, emailSubscriptions: emailSubscriptions.url },
    nodeEnv: 'production',
    env: { users: OPEN_REGISTRATION },
  });
  try {
    const { accessToken } = await newEditor(system.gatewayUrl);
    await measureRefusals(system.gatewayUrl, accessToken);
    await measurePlanning(system.gatewayUrl, accessToken);
    await measureFlood(system.gatewayUrl);
  } finally {
    await system.stop();
    await Promise.all([users.drop(), emailSubscriptions.drop()]);
  }
}

async function measureRefusals(gatewayUrl: string, accessToken: string): Promise<void> {
  const hostile = Object.entries(HOSTILE_OPERATIONS);
  // New ones each time: what has been refused before is refused from memory.
  const fresh = ({ query, ...rest }: HostileOperation, n: number | string) => ({
    query: `${query} # ${n}`,
    ...rest,
  });
  for (const [, each] of hostile) await askByHttp(gatewayUrl, accessToken, [fresh(each, -1)]);

  const watch = lateness(new URL('/health/live', gatewayUrl).href);
  const took: [name: string, ms: number[]][] = [];
  for (const [name, each] of hostile) {
    const operations = (by: string) => Array.from({ length: EACH }, (_, n) => fresh(each, `${n} ${by}`));
    const byHttp = await askByHttp(gatewayUrl, accessToken, operations('HTTP'));
    const bySocket = await askBySocket(gatewayUrl, accessToken, operations('WebSocket'));
    took.push([`${name}, HTTP`, byHttp], [`${name}, WebSocket`, bySocket]);
  }
  const largest = Array.from({ length: EACH }, () => LARGEST_OPERATION);
  took.push(['22,000 unknown fields, HTTP', await askByHttp(gatewayUrl, accessToken, largest)]);
  const latest = await watch.stop();
  printFigures(
    `Until a hostile operation is refused, as its sender sees it: ${EACH} of each, one after the other`,
    took.map(([name, values]) => ({ name, values, unit: 'ms', digits: 1, atMost: LONGEST_REFUSAL_MS })),
  );
  printFigures('How late others are served meanwhile', [
    { name: 'latest /health/live', values: [latest], unit: 'ms', digits: 1, atMost: LONGEST_BLOCK_MS },
  ]);
}

/** Each of them is new to the gateway, and then known: what is between the two is validating and planning. */
async function measurePlanning(gatewayUrl: string, accessToken: string): Promise<void> {
  const took: [name: string, ms: number[]][] = [];
  const watch = lateness(new URL('/health/live', gatewayUrl).href);
  for (const [name, { query, variables }] of Object.entries(ACCEPTED_DOCUMENTS)) {
    const isNew: number[] = [];
    const isKnown: number[] = [];
    for (let n = 0; n < EACH; n += 1) {
      const operation = { query: `${query} # ${n}`, variables };
      for (const ms of [isNew, isKnown]) {
        const from = performance.now();
        const answer = await post(gatewayUrl, accessToken, operation);
        if (answer.includes('"errors"')) throw new Error(`${name} was not accepted: ${answer}`);
        ms.push(performance.now() - from);
      }
    }
    took.push([`${name}, new`, isNew], [`${name}, known`, isKnown]);
  }
  const latest = await watch.stop();
  printFigures(
    `Until a document within all limits is answered: ${EACH} of each, one after the other`,
    took.map(([name, values]) => ({ name, values, unit: 'ms', digits: 1 })),
  );
  printFigures('How late others are served meanwhile', [
    { name: 'latest /health/live', values: [latest], unit: 'ms', digits: 1, atMost: LONGEST_BLOCK_MS },
  ]);
}

async function askByHttp(
  url: string,
  accessToken: string,
  operations: readonly HostileOperation[],
): Promise<number[]> {
  const took: number[] = [];
  for (const operation of operations) {
    const from = performance.now();
    const answer = await post(url, accessToken, operation);
    if (!answer.includes('"errors"')) throw new Error('an operation was not refused');
    took.push(performance.now() - from);
  }
  return took;
}

async function post(url: string, accessToken: string, operation: object): Promise<string> {
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(operation),
  });
  return body.text();
}

/** Asks for something that costs nothing, again and again; what takes long has waited for the gateway's event loop. */
function lateness(url: string) {
  const watch = { isOver: false, latest: 0 };
  const looking = (async () => {
    while (!watch.isOver) {
      const from = performance.now();
      const { body } = await request(url);
      await body.dump();
      watch.latest = Math.max(watch.latest, performance.now() - from);
      await delay(BETWEEN_LOOKS_MS);
    }
  })();
  return {
    async stop(): Promise<number> {
      watch.isOver = true;
      await looking;
      return watch.latest;
    },
  };
}
