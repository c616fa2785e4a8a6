import { setTimeout as delay } from 'node:timers/promises';
import { startSystem, type System } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { request } from 'undici';
import { printFigures } from './figure.js';
import { newEditor } from './people.js';
import { askBySocket, HOSTILE_DOCUMENTS } from './refused-documents.js';

const EACH = 30;
const LONGEST_REFUSAL_MS = 20;
const LONGEST_BLOCK_MS = 50;
const BETWEEN_LOOKS_MS = 5;

/** How fast hostile documents are refused over HTTP and WebSocket, and how late others are served meanwhile. */
export async function refusalsBench(): Promise<void> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const system = await startSystem({
    databaseUrls: { users: users.url, emailSubscriptions: emailSubscriptions.url },
    nodeEnv: 'production',
  });
  try {
    await measure(system);
  } finally {
    await system.stop();
    await Promise.all([users.drop(), emailSubscriptions.drop()]);
  }
}

async function measure({ gatewayUrl }: System): Promise<void> {
  const { accessToken } = await newEditor(gatewayUrl);
  const documents = Object.entries(HOSTILE_DOCUMENTS);
  // New ones each time: what has been refused before is refused from memory.
  const fresh = (query: string, n: number) => `${query} # ${n}`;
  for (const [, query] of documents) await askByHttp(gatewayUrl, accessToken, [fresh(query, -1)]);

  const watch = lateness(new URL('/health/live', gatewayUrl).href);
  const took: [name: string, ms: number[]][] = [];
  for (const [name, query] of documents) {
    const queries = Array.from({ length: EACH }, (_, n) => fresh(query, n));
    const byHttp = await askByHttp(gatewayUrl, accessToken, queries);
    const bySocket = await askBySocket(
      gatewayUrl,
      accessToken,
      queries.map((each) => `${each} ws`),
    );
    took.push([`${name}, HTTP`, byHttp], [`${name}, WebSocket`, bySocket]);
  }
  const latest = await watch.stop();
  printFigures(
    `Until a hostile document is refused, as its sender sees it: ${EACH} of each, one after the other`,
    took.map(([name, values]) => ({ name, values, unit: 'ms', digits: 1, atMost: LONGEST_REFUSAL_MS })),
  );
  printFigures('How late others are served meanwhile', [
    { name: 'latest /health/live', values: [latest], unit: 'ms', digits: 1, atMost: LONGEST_BLOCK_MS },
  ]);
}

async function askByHttp(url: string, accessToken: string, queries: readonly string[]): Promise<number[]> {
  const took: number[] = [];
  for (const query of queries) {
    const from = performance.now();
    const { body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ query }),
    });
    if (!(await body.text()).includes('"errors"')) throw new Error('a document was not refused');
    took.push(performance.now() - from);
  }
  return took;
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
