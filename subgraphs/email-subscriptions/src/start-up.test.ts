import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { runProgram } from '@supergraph/tools/run-program';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { database } from './database/database.js';
import { TXN_TOKEN_SECRET } from './testing/callers.js';
import { CURSOR_SECRET, SUBSCRIBER_SECRET } from './testing/running-service.js';
import { TCP } from './testing/tcp.js';

const SECRETS = { TXN_TOKEN_SECRET, CURSOR_SECRET, SUBSCRIBER_SECRET };

const run = (program: string, env: Record<string, string>) =>
  runProgram(new URL(program, import.meta.url), env);

describe('a failed start', () => {
  test('names all invalid and missing variables', async () => {
    const environment = { PORT: 'http', TXN_TOKEN_SECRET: 'short', DATABASE_POOL_SIZE: '0' };
    const { status, stdout, stderr } = await run('./main.js', environment);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      'email-subscriptions: The environment is not usable:',
      '  - PORT is not a whole number from 0 to 65535',
      '  - DATABASE_URL is missing',
      '  - DATABASE_POOL_SIZE is not a whole number from 1 to 1000',
      '  - TXN_TOKEN_SECRET is shorter than 32 bytes',
      '  - CURSOR_SECRET is missing',
      '  - SUBSCRIBER_SECRET is missing',
    ]);
  });

  test('names the port for TCP messages that is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const database = await createTestDatabase('email-subscriptions');
    const environment = { DATABASE_URL: database.url, ...SECRETS, PORT: '0', ...TCP, TCP_PORT: String(port) };
    const { status, stdout, stderr } = await run('./main.js', environment);
    holder.close();
    await database.drop();
    expect(status).toBe(1);
    expect(stderr).toBe(
      `email-subscriptions: port ${port} of 127.0.0.1, for TCP messages, is in use: set TCP_PORT to a free one\n`,
    );
    expect(stdout).not.toContain('"level":50');
  });
});

describe('new-epoch.js', () => {
  test('prints the new epoch of the log', async () => {
    const testDatabase = await createTestDatabase('email-subscriptions');
    const { status, stdout, stderr } = await run('./new-epoch.js', { DATABASE_URL: testDatabase.url });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const dataSource = await database.dataSource(testDatabase.url).initialize();
    const [{ epoch }] = (await dataSource.query('SELECT epoch FROM event_log_state')) as [{ epoch: string }];
    await dataSource.destroy();
    await testDatabase.drop();
    expect(stdout).toBe(`email-subscriptions: the event log has a new epoch, ${epoch}\n`);
  });
});
