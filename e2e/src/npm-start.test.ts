import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { freePlace, NpmStart, type Place } from './harness/npm-start.js';
import { addSubscriber, freshEmail, logIn, newPerson } from './harness/people.js';

let place: Place;
let running: NpmStart | undefined;
beforeAll(async () => {
  place = await freePlace(await mkdtemp(path.join(tmpdir(), 'npm-start-')));
});
afterEach(async () => {
  running?.ctrlC();
  await running?.exited;
  running = undefined;
});
afterAll(async () => {
  await removeEmbeddedPostgres(path.join(place.DATA_DIR, 'postgres'));
  await rm(place.DATA_DIR, { recursive: true, force: true });
});

const start = async () => {
  running = new NpmStart(place);
  return running.up();
};
const gone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('npm start', () => {
  const email = freshEmail('kept');
  let person: { email: string };

  test('brings up the whole system, and Ctrl-C stops all of it', async () => {
    const { gatewayUrl, output } = await start();
    expect(output).toContain(gatewayUrl);
    const ada = await newPerson(gatewayUrl);
    person = ada;
    expect((await addSubscriber(gatewayUrl, ada.accessToken, { email })).created).toBe(true);

    const { launcher, services, postgres } = (await running?.pids()) ?? fail();
    expect(services).toHaveLength(3);
    running?.ctrlC();
    await running?.exited;
    expect(running?.output).toContain('Postgres stopped');
    running = undefined;
    expect([launcher, ...services, postgres].filter((pid) => !gone(pid))).toEqual([]);
  }, 90_000);

  test.each<[string, (pids: Awaited<ReturnType<NpmStart['pids']>>, npm: number) => number[]]>([
    ['the launcher', ({ launcher }) => [launcher]],
    ['npm', (_, npm) => [npm]],
    ['Postgres', ({ postgres }) => [postgres]],
    ['everything', ({ launcher, services, postgres }, npm) => [npm, launcher, ...services, postgres]],
  ])(
    'after kill -9 of %s the next start works, and the data is there',
    async (_, victims) => {
      const killed = await start();
      for (const pid of victims(await killed.pids(), killed.npmPid)) process.kill(pid, 'SIGKILL');
      const { gatewayUrl } = await start();
      const { accessToken } = await logIn(gatewayUrl, person.email);
      const { data } = await post(gatewayUrl, `{ subscriberByEmail(email: "${email}") { email } }`, {
        token: accessToken,
      });
      expect(data).toEqual({ subscriberByEmail: { email } });
      await killed.exited;
    },
    120_000,
  );

  test('a service that dies is named, and everything else is stopped', async () => {
    const { services } = await (await start()).pids();
    process.kill(services[0] ?? fail(), 'SIGKILL');
    expect(await running?.exited).toBe(1);
    expect(running?.output).toMatch(/(users|email-subscriptions|gateway).*SIGKILL/);
    running = undefined;
  }, 90_000);
});

describe('npm start says what is wrong, once and clearly, and exits with 1, when', () => {
  const fails = async (environment: Record<string, string>) => {
    const started = new NpmStart(place, environment);
    expect(await started.exited).toBe(1);
    expect(started.output).not.toMatch(/\bat .*\.js:\d+/);
    return started.output;
  };

  test('a port is in use', async () => {
    const server = createServer().listen(Number(place.GATEWAY_PORT), '127.0.0.1');
    await eventually(() => server.listening, Boolean);
    expect(await fails({})).toMatch(new RegExp(`GATEWAY_PORT.*${place.GATEWAY_PORT}`));
    await new Promise((resolve) => server.close(resolve));
  }, 60_000);

  test('a database cannot be reached, without its password', async () => {
    const url = `postgres://someone:hunter2@127.0.0.1:${place.POSTGRES_PORT}/nowhere`;
    const output = await fails({ USERS_DATABASE_URL: url, EMAIL_SUBSCRIPTIONS_DATABASE_URL: url });
    expect(output).toMatch(/USERS_DATABASE_URL/);
    expect(output).toContain(`127.0.0.1:${place.POSTGRES_PORT}/nowhere`);
    expect(output).not.toContain('hunter2');
  }, 60_000);

  test('variables are bad: all of them are named', async () => {
    const output = await fails({
      USERS_PORT: 'abc',
      GATEWAY_PORT: '99999',
      USERS_DATABASE_URL: 'postgres://a@b/c',
    });
    for (const name of ['USERS_PORT', 'GATEWAY_PORT', 'EMAIL_SUBSCRIPTIONS_DATABASE_URL']) {
      expect(output).toContain(name);
    }
  }, 60_000);
});

function fail(): never {
  throw new Error('nothing runs');
}
