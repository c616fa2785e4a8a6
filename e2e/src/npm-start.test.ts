import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { readMailFolder } from '@supergraph/tools/mail-folder';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { freePlace, npmRun, NpmStart, type Place } from './harness/npm-start.js';
import { isLong } from './harness/length.js';
import { Monolith } from './harness/monolith.js';
import { addSubscriber, freshEmail, logIn, newPerson } from './harness/people.js';

let place: Place;
let running: NpmStart | undefined;
beforeAll(async () => {
  place = await freePlace(await mkdtemp(path.join(tmpdir(), 'npm-start-')));
});
afterEach(async () => {
  await Monolith.stopAll();
  await running?.stop();
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

/** What each kill ends. */
const KILLED: [string, (pids: Awaited<ReturnType<NpmStart['pids']>>, npm: number) => number[]][] = [
  ['the launcher', ({ launcher }) => [launcher]],
  ['npm', (_, npm) => [npm]],
  ['Postgres', ({ postgres }) => [postgres]],
  ['everything', ({ launcher, services, postgres }, npm) => [npm, launcher, ...services, postgres]],
];

describe('npm start', () => {
  const email = freshEmail('kept');
  let person: { email: string };
  let owner: { email: string; password: string };
  const introduced = (output: string) => /^ {2}(owner@example\.com)\n {2}(\S+)$/m.exec(output);

  test('brings up the whole system, for npm run monolith too, and Ctrl-C stops all of it', async () => {
    const { gatewayUrl, output } = await start();
    expect(output).toContain(gatewayUrl);
    const ada = await newPerson(gatewayUrl);
    person = ada;
    expect((await addSubscriber(gatewayUrl, ada.accessToken, { email })).created).toBe(true);
    const [, address = '', password = ''] = introduced(output) ?? fail();
    owner = { email: address, password };
    const mailFolder = path.join(place.DATA_DIR, 'mail');
    expect(output).toContain(mailFolder);
    const [mail] = await eventually(
      () => readMailFolder(mailFolder),
      ({ length }) => length > 0,
    );
    expect(mail).toMatchObject({ to: ada.email, token: expect.any(String) });
    expect(mail!.text).toContain(`${new URL(gatewayUrl).origin}/verify-email#token=`);

    expect(output).toContain(`DATA_DIR='${place.DATA_DIR}' npm run monolith`);
    const file = path.join(place.DATA_DIR, 'monolith.env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const monolith = await Monolith.npmRun(place.DATA_DIR);
    expect(await monolith.get('', ada.accessToken)).toMatchObject({ status: 200, body: [{ email }] });
    await monolith.stop('SIGINT');

    const { launcher, services, postgres } = (await running?.pids()) ?? fail();
    expect(services).toHaveLength(3);
    running?.ctrlC();
    await running?.exited;
    expect(running?.output).toContain('Postgres stopped');
    running = undefined;
    expect([launcher, ...services, postgres].filter((pid) => !gone(pid))).toEqual([]);
  }, 90_000);

  test('leads keys:rotate to say what to do when nothing runs', async () => {
    const { code, output } = await npmRun('keys:rotate', place);
    expect([code, output]).toEqual([1, expect.stringContaining('"npm start"')]);
  });

  describe('at its second start', () => {
    let second: NpmStart;
    beforeAll(async () => {
      second = await new NpmStart(place).up();
    }, 90_000);
    afterAll(async () => {
      await second.stop();
    });

    test('does not print the password of the first owner again, and has it in no log', async () => {
      const { gatewayUrl, output } = second;
      expect(owner.password).toMatch(/^([a-z]{5}-){4}[a-z]{5}$/);
      expect(introduced(output)).toBeNull();
      expect(output).not.toContain(owner.password);
      const { accessToken } = await logIn(gatewayUrl, owner.email, owner.password);
      const { data } = await post(gatewayUrl, '{ viewer { user { roles } scopes } }', { token: accessToken });
      expect(data.viewer).toMatchObject({
        user: { roles: ['OWNER'] },
        scopes: expect.arrayContaining(['users:admin']),
      });
      const logs = path.join(place.DATA_DIR, 'logs');
      const files = await readdir(logs);
      expect(files).toContain('users.previous.log');
      for (const file of files) {
        const log = await readFile(path.join(logs, file), 'utf8');
        for (const secret of [owner.email, owner.password]) expect(log).not.toContain(secret);
      }
    });

    test('gets another signing key from npm run keys:rotate', async () => {
      const { code, output } = await npmRun('keys:rotate', place);
      expect([code, output]).toEqual([0, expect.stringMatching(/the new key [\w-]{43} signs from/)]);
    });

    test('names a service that dies, and stops everything else', async () => {
      const { services } = await second.pids();
      process.kill(services[0] ?? fail(), 'SIGKILL');
      expect(await second.exited).toBe(1);
      expect(second.output).toMatch(/(users|email-subscriptions|gateway).*SIGKILL/);
    });
  });

  const killed = KILLED.slice(isLong ? 0 : -1);
  test.each(killed)(
    'starts again with its data after kill -9 of %s',
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

  test('has an owner of their own for who names one, and does not tell that password', async () => {
    const databases = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('email-subscriptions'),
    ]);
    const own = { OWNER_EMAIL: freshEmail('boss'), OWNER_PASSWORD: 'walnut-otter-19' };
    running = new NpmStart(place, {
      USERS_DATABASE_URL: databases[0].url,
      EMAIL_SUBSCRIPTIONS_DATABASE_URL: databases[1].url,
      ...own,
    });
    const { gatewayUrl, output } = await running.up();
    expect(introduced(output)).toBeNull();
    expect(output).not.toContain(own.OWNER_PASSWORD);
    await logIn(gatewayUrl, own.OWNER_EMAIL, own.OWNER_PASSWORD);
    await running.stop();
    running = undefined;
    await Promise.all(databases.map((database) => database.drop()));
  }, 90_000);

  test('introduces the first owner of a database of your own, even when the start then fails', async () => {
    const databases = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('email-subscriptions'),
    ]);
    const environment = {
      USERS_DATABASE_URL: databases[0].url,
      EMAIL_SUBSCRIPTIONS_DATABASE_URL: databases[1].url,
    };
    running = new NpmStart(place, { ...environment, COST_LIMIT: 'none' });
    expect(await running.exited).toBe(1);
    expect(running.output).toContain('COST_LIMIT');
    const [, email = '', password = ''] = introduced(running.output) ?? fail();

    running = new NpmStart(place, environment);
    const { gatewayUrl, output } = await running.up();
    expect(introduced(output)).toBeNull();
    await logIn(gatewayUrl, email, password);
    await running.stop();
    running = undefined;
    await Promise.all(databases.map((database) => database.drop()));
  }, 120_000);
});

describe('npm start says what is wrong, once and clearly, and exits with 1, when', () => {
  const fails = async (environment: Record<string, string>) => {
    const started = new NpmStart(place, environment);
    expect(await started.exited).toBe(1);
    expect(started.output).not.toMatch(/\bat .*\.js:\d+/);
    return started.output;
  };

  test('ports are in use: all of them are named', async () => {
    const variables = ['GATEWAY_PORT', 'POSTGRES_PORT'] as const;
    const servers = variables.map((name) => createServer().listen(Number(place[name]), '127.0.0.1'));
    await eventually(() => servers.every(({ listening }) => listening), Boolean);
    const output = await fails({});
    for (const name of variables) expect(output).toMatch(new RegExp(`${name}.*${place[name]}`));
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  }, 60_000);

  test('the secrets of existing databases are gone', async () => {
    const file = path.join(place.DATA_DIR, 'secrets.json');
    await rename(file, `${file}.lost`);
    expect(await fails({})).toContain(`${file} is missing`);
    await rename(`${file}.lost`, file);
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
