import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from './free-port.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';

let folder: string;
let service: ServiceProcess;

const start = async (program: string): Promise<void> => {
  const entryPoint = path.join(folder, 'main.cjs');
  const port = await freePort();
  await writeFile(entryPoint, program);
  const origin = `http://127.0.0.1:${port}`;
  service = startServiceProcess({
    name: 'small',
    entryPoint,
    origin,
    environment: { PORT: String(port) },
    nodeFlags: [],
  });
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-service-'));
});

afterEach(async () => {
  service.kill('SIGKILL');
  await service.exited;
  await rm(folder, { recursive: true });
});

describe('a service process', () => {
  test('is ready once it reports it, passes on its output, and drains when it is stopped', async () => {
    await start(`
      let asked = 0;
      const server = require('node:http').createServer((request, response) => {
        console.log(request.url);
        response.statusCode = ++asked < 3 ? 503 : 200;
        response.end();
      }).listen(Number(process.env.PORT), '127.0.0.1');
      process.on('SIGTERM', () => { console.log('draining'); server.close(() => process.disconnect()); });
    `);
    await service.ready();
    await service.stop();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.logs()).toEqual(['/health/ready', '/health/ready', '/health/ready', 'draining']);
    await service.stop();
  });

  test('that exits before it is ready is reported with its exit code', async () => {
    await start(`console.error('PORT is bad'); process.exitCode = 1; process.disconnect();`);
    await expect(service.ready()).rejects.toThrow('small could not start (exit code 1)');
    expect(service.logs()).toEqual(['PORT is bad']);
  });
});
