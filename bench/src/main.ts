import { interruption } from '@supergraph/tools/start/interruption';
import { accountsBench } from './accounts/accounts-bench.js';
import { type DurablePostgres, removeDurablePostgres, withDurablePostgres } from './durable-postgres.js';
import { type Figure, missesBound, table } from './figure.js';
import { gatewayBench } from './gateway/gateway-bench.js';
import { liveBench } from './live/live-bench.js';
import { listBench } from './list/list-bench.js';
import { microserviceBench } from './microservice/microservice-bench.js';
import { writeTable } from './page.js';
import { rejectionsBench } from './rejections/rejections-bench.js';
import { streamBench } from './stream/stream-bench.js';

const AREAS: Record<string, (postgres: DurablePostgres) => Promise<Figure[]>> = {
  gateway: gatewayBench,
  rejections: rejectionsBench,
  stream: streamBench,
  live: liveBench,
  accounts: accountsBench,
  microservice: microserviceBench,
  list: listBench,
};
const WRITE = '--write';

/**
 * `npm run bench` measures all areas, `npm run bench -- AREA…` only those. `--write` also writes their tables into
 * docs/benchmarks.md. The exit code is 1 when a figure misses its bound.
 */
const given = process.argv.slice(2).filter((argument) => argument !== WRITE);
const unknown = given.filter((area) => !(area in AREAS));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Use ${WRITE} and any of: ${Object.keys(AREAS).join(', ')}`);
  process.exit(1);
}
// Postgres runs in its own session and would outlive this process. The services stop by themselves.
void interruption(undefined).then(async () => {
  await removeDurablePostgres();
  process.exit(1);
});
await withDurablePostgres(async (postgres) => {
  for (const [area, measure] of Object.entries(AREAS)) {
    if (given.length > 0 && !given.includes(area)) continue;
    console.log(`\nmeasuring ${area} …`);
    const figures = await measure(postgres);
    console.log(`\n${table(figures)}`);
    if (process.argv.includes(WRITE)) writeTable(area, table(figures));
    if (figures.some(missesBound)) process.exitCode = 1;
  }
});
