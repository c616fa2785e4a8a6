import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { certificate, type Certificate } from '@supergraph/tools/test-certificate';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runService, type RunningService } from '../testing/running-service.js';
import { callerToken, framed, outcome, RawSocket, stockClient, TCP } from '../testing/tcp.js';
import { waitUntil } from '@supergraph/tools/wait-until';

const LIST = 'get-all-subscribers';

describe('a service with a certificate', () => {
  let folder: string;
  let testDatabase: TestDatabase;
  let service: RunningService;
  let trusted: Certificate;
  let client: ClientProxy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tcp-tls-'));
    trusted = await certificate();
    const [TCP_TLS_CERT, TCP_TLS_KEY] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(TCP_TLS_CERT, trusted.cert);
    await writeFile(TCP_TLS_KEY, trusted.key);
    testDatabase = await createTestDatabase('email-subscriptions');
    service = await runService(testDatabase.url, { ...TCP, TCP_TLS_CERT, TCP_TLS_KEY });
    client = stockClient(service, callerToken, { ca: trusted.cert, servername: 'localhost' });
  });
  afterAll(async () => {
    client?.close();
    await service?.close();
    await testDatabase?.drop();
    await rm(folder, { recursive: true });
  });
  const expectServed = async () => expect(await outcome(client, LIST, '')).toEqual({ result: [] });

  test('serves NestJS’s own client over TLS', async () => {
    await expectServed();
  });

  test('is not used by a client that does not trust its certificate', async () => {
    const { cert } = await certificate();
    const other = stockClient(service, callerToken, { ca: cert, servername: 'localhost' });
    expect(await outcome(other, LIST, '')).toMatchObject({ error: expect.anything() });
    other.close();
    await expectServed();
  });

  test('closes a connection without TLS, and logs the reason', async () => {
    const plain = await RawSocket.open(service);
    plain.write(framed({ pattern: { cmd: LIST }, data: '', id: '1', txnToken: callerToken() }));
    await plain.closed;
    expect(plain.received).not.toContain('response');
    await waitUntil(() => service.log.some((line) => line.includes('a TLS handshake over TCP failed')));
    await expectServed();
  });
});
