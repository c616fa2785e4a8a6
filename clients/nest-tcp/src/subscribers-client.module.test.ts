import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
import type { SubscribersClientOptions } from './options.js';
import { SubscribersClient } from './subscribers-client.js';
import { SubscribersClientModule } from './subscribers-client.module.js';
import { CALLER, SECRET } from './testing/client.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { FakeService } from './testing/fake-service.js';

const PATTERN = { cmd: 'anything' };
const optionsOf = (port: number): SubscribersClientOptions => ({
  host: '127.0.0.1',
  port,
  caller: CALLER,
  secret: SECRET,
  timeoutMs: 20_000,
});

let service: FakeService | undefined;
let app: INestApplicationContext | undefined;
afterEach(async () => {
  await app?.close();
  await service?.stop();
  app = undefined;
  service = undefined;
});

const start = (module: object) =>
  NestFactory.createApplicationContext(module as never, { logger: false, abortOnError: false });

test('register provides a client that closes with the application', async () => {
  service = await FakeService.start();

  @Injectable()
  class Subscribers {
    constructor(readonly client: SubscribersClient) {}
  }
  @Module({ imports: [SubscribersClientModule.register(optionsOf(service.port))], providers: [Subscribers] })
  class AppModule {}

  app = await start(AppModule);
  expect(service.connections).toBe(0);
  expect(await lastValueFrom(app.get(Subscribers).client.send(PATTERN, 'hello'))).toBe('hello');
  await app.close();
  await waitUntil(() => service!.sockets.size === 0);
});

test('registerAsync uses options from another provider', async () => {
  service = await FakeService.start();
  const { port } = service;

  @Injectable()
  class Config {
    readonly options = optionsOf(port);
  }
  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}

  app = await start(
    SubscribersClientModule.registerAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: async ({ options }: Config) => Promise.resolve(options),
    }),
  );
  expect(await lastValueFrom(app.get(SubscribersClient).send(PATTERN, 'hello'))).toBe('hello');
});

test('an application with an invalid option does not start', async () => {
  await expect(
    start(SubscribersClientModule.register({ ...optionsOf(4003), secret: 'short' })),
  ).rejects.toThrow('SubscribersClient: secret must have at least 32 bytes');
});

/** Closes one client that is connected and one that connects, and must then exit by itself. */
const PROGRAM = `
  const { SubscribersClient } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)});
  const options = JSON.parse(process.argv[1]);
  for (const isConnected of [true, false]) {
    const client = new SubscribersClient({ ...options, timeoutMs: 2 ** 31 - 1 });
    client.emit('a', 1);
    client.send('a', 1).subscribe({ error: ({ name }) => console.log(name) });
    if (isConnected) await client.connect();
    client.close();
  }
`;

test('a client does not keep its process alive after close', async () => {
  // This server never closes its side of a connection.
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  server.on('connection', (socket) => socket.on('error', () => undefined).resume());
  await once(server, 'listening');
  const argument = JSON.stringify(optionsOf((server.address() as AddressInfo).port));
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  expect(await once(child, 'close')).toEqual([0, null]);
  const failures = stdout.split('\n').filter((line) => line.endsWith('Exception'));
  expect(failures.sort()).toEqual(['NoAnswerException', 'UnreachableException']);
  server.close();
});
