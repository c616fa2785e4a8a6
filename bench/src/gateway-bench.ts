import { startSystem, type System } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { cpuTimeMs } from './cpu-time.js';
import { LoadGenerator } from './load.js';
import { addSubscribers, type Editor, newEditor, OPEN_REGISTRATION } from './people.js';
import { median, withSpread } from './statistics.js';
import { startStockGateway } from './stock-gateway-process.js';

const CONNECTIONS = 32;
const WARM_UP = 10_000;
const REQUESTS = 3_000;
const ROUNDS = 5;
const MOST_RATIO = 0.5;

const QUERIES = {
  'viewer (one hop)': '{ viewer { user { id displayName } email scopes } }',
  'subscribers(first: 10) joined with addedBy (two hops)':
    '{ subscribers(first: 10) { nodes { id email addedAt addedBy { displayName } } pageInfo { hasNextPage endCursor } } }',
};

/** CPU time of the gateway process per request, ours with authentication on, beside a stock Apollo gateway. */
export async function gatewayBench(): Promise<void> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const databaseUrls = { users: users.url, emailSubscriptions: emailSubscriptions.url };
  const system = await startSystem({
    databaseUrls,
    nodeEnv: 'production',
    // Counted as always; one viewer sends all of it.
    env: { users: OPEN_REGISTRATION, gateway: { RATE_LIMIT_OPERATIONS: '1000000000' } },
  });
  try {
    const editor = await newEditor(system.gatewayUrl);
    await addSubscribers(system.gatewayUrl, editor.accessToken, 50);
    for (const [name, query] of Object.entries(QUERIES)) await compare(name, query, system, editor);
  } finally {
    await system.stop();
    await Promise.all([users.drop(), emailSubscriptions.drop()]);
  }
}

async function compare(name: string, query: string, system: System, editor: Editor): Promise<void> {
  const stock = await startStockGateway(system, editor);
  const ours = { pid: system.processes.gateway.pid, url: system.gatewayUrl };
  const loads = {
    ours: new LoadGenerator({
      url: ours.url,
      query,
      headers: { authorization: `Bearer ${editor.accessToken}` },
      connections: CONNECTIONS,
    }),
    stock: new LoadGenerator({ url: stock.url, query, headers: {}, connections: CONNECTIONS }),
  };
  try {
    if ((await loads.ours.one()) !== (await loads.stock.one())) throw new Error('the two answer differently');
    await loads.ours.run(WARM_UP);
    await loads.stock.run(WARM_UP);
    const perRequest = { ours: [] as number[], stock: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      perRequest.ours.push(await cpuPerRequest(ours.pid, loads.ours));
      perRequest.stock.push(await cpuPerRequest(stock.pid, loads.stock));
    }
    const ratios = perRequest.ours.map((cost, round) => cost / (perRequest.stock[round] ?? NaN));
    console.log(
      `\n${name}: CPU of the gateway process per request, ${ROUNDS} rounds of ${REQUESTS}, ${CONNECTIONS} connections`,
    );
    console.log(`  ours   ${withSpread(perRequest.ours, 3)} ms`);
    console.log(`  stock  ${withSpread(perRequest.stock, 3)} ms`);
    console.log(`  ratio  ${withSpread(ratios, 3)}, to be at most ${MOST_RATIO}`);
    if (median(ratios) > MOST_RATIO) process.exitCode = 1;
  } finally {
    await Promise.all([loads.ours.close(), loads.stock.close()]);
    await stock.stop();
  }
}

async function cpuPerRequest(pid: number, load: LoadGenerator): Promise<number> {
  const before = cpuTimeMs(pid);
  await load.run(REQUESTS);
  return (cpuTimeMs(pid) - before) / REQUESTS;
}
