import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Gauge, Registry } from 'prom-client';
import { metricsPort, serveMetrics } from './metrics.js';

const logger = pino({ level: 'silent' });
const host = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function serve(registry: Registry, port = 0): Promise<string> {
  const server = await serveMetrics(registry, { host, port }, logger);
  servers.push(server);
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

describe('the port of metrics', () => {
  test.each([
    [{ PORT: 4000 }, 14_000],
    [{ PORT: 4000, METRICS_PORT: 9100 }, 9100],
    [{ PORT: 4000, METRICS_PORT: 0 }, 0],
    [{ PORT: 0 }, 0],
    [{ PORT: 60_000, METRICS_PORT: 9100 }, 9100],
  ])('for %j is %d', (config, port) => {
    expect(metricsPort(config)).toBe(port);
  });

  test('has no default for a service on a high port, and the error names the variable', () => {
    expect(() => metricsPort({ PORT: 60_000 })).toThrow(
      'METRICS_PORT is missing: its default, PORT + 10000, is 70000',
    );
  });
});

describe('the metrics of a service', () => {
  test('include those of its process, and are served at one path only', async () => {
    const registry = new Registry();
    new Gauge({ name: 'things', help: 'Things', registers: [registry] }).set(7);
    const origin = await serve(registry);
    const response = await fetch(`${origin}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toMatch(/^things 7$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect((await fetch(`${origin}/metrics?from=prometheus`)).status).toBe(200);
    for (const path of ['/', '/metrics/', '/graphql', '/health/ready'])
      expect((await fetch(origin + path)).status).toBe(404);
  });

  test('are rejected for other methods and other host names of the loopback address', async () => {
    const origin = await serve(new Registry());
    const { port } = new URL(origin);
    const statusOf = (named: string, method = 'GET') =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host, port, path: '/metrics', method, headers: { host: named } };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    for (const named of ['evil.example', `evil.example:${port}`, '10.0.0.1', 'a b'])
      expect(await statusOf(named)).toBe(403);
    for (const named of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      expect(await statusOf(named)).toBe(200);
    expect(await statusOf('localhost', 'HEAD')).toBe(200);
    expect(await statusOf('localhost', 'POST')).toBe(405);
  });

  test('that cannot be collected are an error 500, and the service continues', async () => {
    const registry = new Registry();
    let isBroken = true;
    const gauge = new Gauge({
      name: 'things',
      help: 'Things',
      registers: [],
      collect() {
        if (isBroken) throw new Error('broken');
      },
    });
    registry.registerMetric(gauge);
    const origin = await serve(registry);
    expect((await fetch(`${origin}/metrics`)).status).toBe(500);
    isBroken = false;
    expect((await fetch(`${origin}/metrics`)).status).toBe(200);
  });

  test('on a port that is in use cause a start-up error that names the variable', async () => {
    const other = createServer().listen(0, host);
    servers.push(other);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(serve(new Registry(), port)).rejects.toThrow(
      `port ${port} of ${host}, for metrics, is in use: set METRICS_PORT to a free one`,
    );
  });

  test('on an unknown address cause a start-up error that names the variables', async () => {
    const serving = serveMetrics(new Registry(), { host: '192.0.2.1', port: 0 }, logger);
    await expect(serving).rejects.toThrow('(METRICS_HOST, METRICS_PORT): EADDRNOTAVAIL');
  });
});
