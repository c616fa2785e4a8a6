import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, expect, test } from '@jest/globals';
import { healthModule, type ReadinessChecks } from './health.js';
import { createLogger } from './logger.js';
import { createService } from './start-service.js';

let app: NestFastifyApplication;
afterEach(() => app?.close());

async function readyWith(checks: ReadinessChecks): Promise<{ status: number; body: unknown }> {
  app = await createService({
    module: healthModule({ useFactory: () => ({ checks }) }),
    config: { HOST: '127.0.0.1', PORT: 0, METRICS_HOST: '127.0.0.1', DRAIN_TIMEOUT_MS: 1_000 },
    logger: createLogger('test', 'silent'),
    bodyLimit: 1_024,
    requestIds: 'generate',
  });
  await app.listen(0, '127.0.0.1');
  const response = await fetch(`${await app.getUrl()}/health/ready`);
  return { status: response.status, body: await response.json() };
}

/** Nothing else runs in this thread meanwhile. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a part that responds in time is up, even when the process was busy until after the limit', async () => {
  const disk = () => {
    const found = stat(fileURLToPath(import.meta.url));
    block(2_100);
    return found;
  };
  expect(await readyWith({ disk })).toEqual({
    status: 200,
    body: { status: 'ready', checks: { disk: 'up' } },
  });
});

test('a part that never responds is down after two seconds', async () => {
  const database = () => new Promise(() => undefined);
  expect(await readyWith({ database, cache: async () => undefined })).toEqual({
    status: 503,
    body: { status: 'unavailable', checks: { database: 'down', cache: 'up' } },
  });
});
