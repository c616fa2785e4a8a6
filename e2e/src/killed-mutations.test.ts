import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post } from './harness/http.js';
import { length } from './harness/length.js';
import { logIn, newPerson, OWNER } from './harness/people.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';
import { accountCalls } from './killed-mutations/account-calls.js';
import { UsersDatabase } from './killed-mutations/users-database.js';

let system: TestSystem;
let proxy: FaultProxy;
let database: UsersDatabase;
let url: string;
let owner: string;
beforeAll(async () => {
  system = await startOwnSystem({
    between: {
      users: async (origin) => {
        proxy = await FaultProxy.inFrontOf(origin);
        return proxy.origin;
      },
    },
  });
  url = system.gatewayUrl;
  database = new UsersDatabase(system.databaseUrls.users!);
  owner = (await logIn(url, OWNER.email, OWNER.password)).accessToken;
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

async function prepare(name: string) {
  const { query, options, done, ...rest } = await accountCalls(url, database, owner)[name]!(
    await newPerson(url),
  );
  const defaults = { doneAlready: done, expectEffect: async () => {} };
  return { ...defaults, ...rest, done, send: () => post(url, query, options) };
}

/** `npm test` runs only the first ones, which write to the most tables. */
const MUTATIONS = [
  'register',
  'refreshSession',
  'resetPassword',
  'login',
  'logout',
  'revokeSessions',
  'changePassword',
  'requestPasswordReset',
  'verifyEmail',
  'setUserRoles',
].slice(0, length(2, 10));

describe.each(MUTATIONS)('users killed during %s', (name) => {
  test('leaves no trace when it is not committed, and succeeds when it is repeated', async () => {
    const { send, done, expectEffect } = await prepare(name);
    const before = await database.everything();
    await withClient(system.databaseUrls.users!, async (holder) => {
      // Blocks writes, but not reads. Each mutation writes to one of these tables before it commits.
      await holder.query('BEGIN; LOCK TABLE audit_log, sessions IN SHARE MODE');
      const pending = send();
      await eventually(
        () => database.waitingForLocks(),
        (waiting) => waiting > 0,
      );
      await killUsers();
      await holder.query('ROLLBACK');
      expect(codesOf(await pending)).toEqual(['SUBGRAPH_UNAVAILABLE']);
    });
    await eventually(
      () => database.otherConnections(),
      (connections) => connections === 0,
    );
    expect(await database.everything()).toEqual(before);

    await startUsers();
    expect((await send()).data[name]).toEqual(done);
    await expectEffect();
  });

  test('gives the same result when it is repeated after its response was lost', async () => {
    const { send, doneAlready, expectEffect } = await prepare(name);
    const before = await database.changes();
    proxy.hold();
    const pending = send();
    await eventually(
      () => database.changes(),
      (changes) => changes > before,
    );
    await killUsers();
    proxy.release();
    expect(codesOf(await pending)).toEqual(['SUBGRAPH_UNAVAILABLE']);

    await startUsers();
    await database.renewUsedTokens();
    const again = await eventually(send, (seen) => doneAlready !== null || codesOf(seen).length > 0);
    expect(again.data?.[name] ?? null).toEqual(doneAlready);
    await expectEffect();
  });
});

async function killUsers(): Promise<void> {
  system.processes.users!.kill('SIGKILL');
  await system.processes.users!.exited;
}

async function startUsers(): Promise<void> {
  await system.restart('users');
  const isReady = async () => (await fetch(new URL('/health/ready', url))).status;
  await eventually(isReady, (status) => status === 200);
}
