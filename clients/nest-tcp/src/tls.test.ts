import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { certificate, type Certificate } from '@supergraph/tools/test-certificate';
import { lastValueFrom } from 'rxjs';
import { UnreachableException } from './exceptions.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { echo, FakeService } from './testing/fake-service.js';

const PATTERN = { cmd: 'anything' };

describe('over TLS', () => {
  let trusted: Certificate;
  let service: FakeService | undefined;
  let client: SubscribersClient;
  beforeAll(async () => {
    trusted = await certificate();
  });
  afterEach(async () => {
    client.close();
    await service?.stop();
    service = undefined;
  });

  test.each(['127.0.0.1', 'localhost'])(
    'a client that trusts the certificate of %s gets results',
    async (host) => {
      service = await FakeService.start(echo, { tls: trusted });
      client = newClient(service.port, { host, tls: { ca: trusted.cert }, timeoutMs: 20_000 });
      const results = Array.from({ length: 50 }, (_, n) => lastValueFrom(client.send(PATTERN, n)));
      expect(await Promise.all(results)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(service.connections).toBe(1);
      service.breakConnections();
      await waitUntil(() => client['socket'] === null);
      expect(await lastValueFrom(client.send(PATTERN, 'again'))).toBe('again');
    },
  );

  test.each([
    ['of an untrusted authority', async () => ({ ca: (await certificate()).cert })],
    ['that is self-signed', async () => true as const],
    ['for another name', async () => ({ ca: trusted.cert, servername: 'other.example.com' })],
  ])('a certificate %s causes an UnreachableException, and no message is sent', async (_, tls) => {
    service = await FakeService.start(echo, { tls: trusted });
    client = newClient(service.port, { tls: await tls(), timeoutMs: 2_000 });
    const failure = await failureOf(client.send(PATTERN, 1));
    expect(failure).toBeInstanceOf(UnreachableException);
    expect(failure.message).toMatch(/cannot be reached: .*(self-signed|altnames)/);
    expect(service.packets).toEqual([]);
  });

  test('a handshake that never ends causes an UnreachableException in time', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).resume();
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    client = newClient((silent.address() as AddressInfo).port, { tls: true, timeoutMs: 300 });
    try {
      const failures = await Promise.all([1, 2].map(() => failureOf(client.send(PATTERN, 1))));
      for (const failure of failures) expect(failure).toBeInstanceOf(UnreachableException);
      expect((await failureOf(client.connect())).message).toContain('no connection within 300 ms');
      await waitUntil(() => sockets.size === 0);
    } finally {
      silent.close();
    }
  });

  test('a client without TLS cannot use a server with TLS', async () => {
    service = await FakeService.start(echo, { tls: trusted });
    client = newClient(service.port, { timeoutMs: 20_000 });
    expect(await failureOf(client.send(PATTERN, 1))).toMatchObject({ code: 'NO_ANSWER' });
  });
});
