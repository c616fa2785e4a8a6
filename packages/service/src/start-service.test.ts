import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from './logger.js';
import { createService } from './start-service.js';

class Nothing {}

describe('a service', () => {
  let log: string[];
  let app: NestFastifyApplication;
  let port: number;
  let release: () => void;
  beforeEach(async () => {
    log = [];
    app = await createService({
      module: { module: Nothing },
      config: { HOST: '127.0.0.1', PORT: 0, METRICS_HOST: '127.0.0.1', DRAIN_TIMEOUT_MS: 1_000 },
      logger: createLogger('test', 'info', { write: (line) => log.push(line) }),
      bodyLimit: 1_024,
      headers: { 'x-content-type-options': 'nosniff' },
      requestIds: 'generate',
      beforeRoutes: (fastify) => {
        fastify.get('/last-header', (request) => request.headers['last'] ?? 'dropped');
        fastify.get('/people/:id', () => 'somebody');
        fastify.get('/slow', async () => {
          await new Promise<void>((resolve) => (release = resolve));
          return 'slow';
        });
      },
    });
    await app.listen(0, '127.0.0.1');
    ({ port } = app.getHttpServer().address() as AddressInfo);
  });
  afterEach(() => app?.close());

  /** The response to these bytes, until the connection ends. */
  const exchange = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      socket.once('close', () => resolve(text)).once('error', reject);
    });

  test('reads all headers, however many there are', async () => {
    const many = Array.from({ length: 1_200 }, () => 'a: b\r\n').join('');
    const answer = await exchange(
      `GET /last-header HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${many}last: heard\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*heard$/);
  });

  test('waits half a minute for a request, including its body, and checks often enough', () => {
    expect(app.getHttpServer()).toMatchObject({
      headersTimeout: 30_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
    });
  });

  test('rejects a part of a URL that is too long, and logs it with the request id', async () => {
    const answer = await exchange(
      `GET /people/${'x'.repeat(200)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(
      /^HTTP\/1\.1 414 [^]*nosniff[^]*{"errors":\[{"message":"[^"]+","extensions":{"code":"BAD_REQUEST"}}]}$/,
    );
    const requestId = /x-request-id: (\S+)/.exec(answer)![1];
    expect(log.map((line) => JSON.parse(line) as object)).toMatchObject([{ requestId, status: 414 }]);
  });

  test('rejects a request that arrives while it closes', async () => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (heard += piece));
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const begun = once(app.getHttpServer(), 'request');
    socket.write(request('/slow'));
    await begun;
    const closed = app.close();
    const next = once(app.getHttpServer(), 'request');
    socket.write(request('/people/ada'));
    await next;
    release();
    await Promise.all([closed, once(socket, 'close')]);
    expect(heard).toMatch(
      /^HTTP\/1\.1 200 [^]*slowHTTP\/1\.1 503 [^]*x-request-id[^]*"SUBGRAPH_UNAVAILABLE"/,
    );
  });

  test('logs the path of the route, and never the URL', async () => {
    for (const path of [
      'people/ada@example.com',
      'ada@example.com',
      `${'x'.repeat(5_000)}?a=ada@example.com`,
    ]) {
      await fetch(`http://127.0.0.1:${port}/${path}`);
    }
    const paths = log.map((line) => JSON.parse(line) as { path?: string }).flatMap(({ path }) => path ?? []);
    expect(paths).toEqual(['/people/:id', 'none', 'none']);
    expect(log.join('')).not.toContain('ada@example.com');
  });
});
