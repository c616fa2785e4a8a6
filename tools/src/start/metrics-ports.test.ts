import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from '../free-port.js';
import { metricsPorts } from './metrics-ports.js';

test('is the port of the service + 10000', async () => {
  const ports = { gateway: 1_001, one: 1_002, two: 1_003 };
  expect(await metricsPorts(ports, Object.values(ports))).toEqual({
    gateway: 11_001,
    one: 11_002,
    two: 11_003,
  });
});

test('is any free port if that one is in use, chosen for something else, or too high', async () => {
  const busy = await freePort();
  const server = createServer().listen(busy, '127.0.0.1');
  await once(server, 'listening');
  const ports = { gateway: busy - 10_000, one: 22_001, two: 20_003 };
  expect(await metricsPorts(ports, [30_003])).toEqual({ gateway: 0, one: 0, two: 0 });
  server.close();
});
