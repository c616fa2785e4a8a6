import setUpTestPostgres from '@supergraph/tools/test-postgres/setup';
import tearDownTestPostgres from '@supergraph/tools/test-postgres/teardown';
import { gatewayBench } from './gateway-bench.js';

const BENCHES: Record<string, () => Promise<void>> = { gateway: gatewayBench };

/** `npm run bench` runs all benchmarks, `npm run bench -- NAME…` those; status 1 when a figure misses its bound. */
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(1);
}
await setUpTestPostgres();
try {
  for (const name of names) await BENCHES[name]?.();
} finally {
  await tearDownTestPostgres();
}
