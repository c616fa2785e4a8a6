import { interruption } from '@supergraph/tools/start/interruption';
import tearDownTestPostgres from '@supergraph/tools/test-postgres/teardown';
import { accountsBench } from './accounts/accounts-bench.js';
import { withDurablePostgres } from './durable-postgres.js';
import { gatewayBench } from './gateway-bench.js';
import { liveBench } from './live/live-bench.js';
import { microserviceBench } from './microservice/microservice-bench.js';
import { refusalsBench } from './refusals-bench.js';
import { streamBench } from './stream/stream-bench.js';
import { withTestPostgres } from './test-postgres.js';

const BENCHES: Record<string, () => Promise<void>> = {
  gateway: () => withTestPostgres(gatewayBench),
  refusals: () => withTestPostgres(refusalsBench),
  stream: () => withDurablePostgres(streamBench),
  live: () => withDurablePostgres(liveBench),
  accounts: () => withDurablePostgres(accountsBench),
  microservice: () => withDurablePostgres(microserviceBench),
};

/** `npm run bench` runs all benchmarks, `npm run bench -- NAME…` those; status 1 when a figure misses its bound. */
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(1);
}
// Postgres runs in a session of its own and would outlive us; services notice by themselves that we are gone.
void interruption(undefined).then(async () => {
  await tearDownTestPostgres();
  process.exit(1);
});
for (const name of names) await BENCHES[name]?.();
