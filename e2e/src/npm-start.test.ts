import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { readMailFolder } from '@supergraph/tools/mail-folder';
import { allSubgraphs, eachSubgraph } from '@supergraph/tools/subgraphs';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { freePlace, npmRun, NpmStart, type Place } from './harness/npm-start.js';
import { isLong } from './harness/length.js';
import { Monolith } from './harness/monolith.js';
import { addSubscriber, freshEmail, logIn, newPerson, type Person } from './harness/people.js';

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
const hasExited = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

const databaseVariables = (urlOf: (subgraph: string) => string) =>
  Object.fromEntries(allSubgraphs().map(({ name, names }) => [names.databaseUrl, urlOf(name)]));

/** Databases of an external server, and the variables that name them. */
const givenDatabases = async () => {
  const databases = await eachSubgraph(({ name }) => createTestDatabase(name));
  return {
    variables: databaseVariables((name) => databases[name]!.url),
    drop: () => Promise.all(Object.values(databases).map((database) => database.drop())),
  };
};

/** The processes to kill. */
const KILLED: [string, (pids: Awaited<ReturnType<NpmStart['pids']>>, npm: number) => number[]][] = [
  ['the launcher', ({ launcher }) => [launcher]],
  ['npm', (_, npm) => [npm]],
  ['Postgres', ({ postgres }) => [postgres]],
  ['everything', ({ launcher, services, postgres }, npm) => [npm, launcher, ...services, postgres]],
];

describe('npm start', () => {
  const email = freshEmail('kept');
  let ada: Person;
  let owner: { email: string; password: string };
  const printedOwner = (output: string) => /^ {2}(owner@example\.com)\n {2}(\S+)$/m.exec(output);

  test('starts the whole system, also for npm run monolith, and stops it on Ctrl-C', async () => {
    const { gatewayUrl, output } = await start();
    expect(output).toContain(gatewayUrl);
    ada = await newPerson(gatewayUrl);
    expect((await addSubscriber(gatewayUrl, ada.accessToken, { email })).created).toBe(true);
    const [, address = '', password = ''] = printedOwner(output) ?? fail();
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
    expect(services).toHaveLength(1 + allSubgraphs().length);
    await running?.stop();
    expect(running?.output).toContain('Postgres stopped');
    running = undefined;
    expect([launcher, ...services, postgres].filter((pid) => !hasExited(pid))).toEqual([]);
  }, 90_000);

  test('is required by keys:rotate', async () => {
    const { code, output } = await npmRun('keys:rotate', place);
    expect([code, output]).toEqual([1, expect.stringContaining('"npm start"')]);
  });

  describe('at later starts', () => {
    let next: NpmStart;
    beforeAll(async () => {
      next = new NpmStart(place);
      await next.up();
    }, 90_000);
    afterAll(async () => {
      await next.stop();
    });

    test('does not print the password of the first owner again, and never logs it', async () => {
      const { gatewayUrl, output } = next;
      expect(owner.password).toMatch(/^([a-z]{5}-){4}[a-z]{5}$/);
      expect(printedOwner(output)).toBeNull();
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

    test('gets a new signing key from npm run keys:rotate', async () => {
      const { code, output } = await npmRun('keys:rotate', place);
      expect([code, output]).toEqual([0, expect.stringMatching(/the new key [\w-]{43} signs from/)]);
    });

    test.each(KILLED.slice(isLong ? 0 : -1))(
      'has its data after kill -9 of %s',
      async (_, victims) => {
        const killed = next;
        for (const pid of victims(await killed.pids(), killed.pid)) process.kill(pid, 'SIGKILL');
        next = new NpmStart(place);
        await next.up();
        const { accessToken } = await logIn(next.gatewayUrl, ada.email);
        const { data } = await post(next.gatewayUrl, `{ subscriberByEmail(email: "${email}") { email } }`, {
          token: accessToken,
        });
        expect(data).toEqual({ subscriberByEmail: { email } });
        await killed.exited;
      },
      120_000,
    );

    test('names a service that crashes, and stops everything else', async () => {
      const { services } = await next.pids();
      process.kill(services[0] ?? fail(), 'SIGKILL');
      expect(await next.exited).toBe(1);
      expect(next.output).toMatch(/(users|email-subscriptions|gateway).*SIGKILL/);
    });
  });

  test('creates the configured owner, and does not print the password', async () => {
    const databases = await givenDatabases();
    const own = { OWNER_EMAIL: freshEmail('boss'), OWNER_PASSWORD: 'walnut-otter-19' };
    running = new NpmStart(place, {
      ...databases.variables,
      ...own,
    });
    const { gatewayUrl, output } = await running.up();
    expect(printedOwner(output)).toBeNull();
    expect(output).not.toContain(own.OWNER_PASSWORD);
    await logIn(gatewayUrl, own.OWNER_EMAIL, own.OWNER_PASSWORD);
    await running.stop();
    running = undefined;
    await databases.drop();
  }, 90_000);

  test('prints the first owner of an external database, also when the start fails later', async () => {
    const databases = await givenDatabases();
    const environment = databases.variables;
    running = new NpmStart(place, { ...environment, COST_LIMIT: 'none' });
    expect(await running.exited).toBe(1);
    expect(running.output).toContain('COST_LIMIT');
    const [, email = '', password = ''] = printedOwner(running.output) ?? fail();

    running = new NpmStart(place, environment);
    const { gatewayUrl, output } = await running.up();
    expect(printedOwner(output)).toBeNull();
    await logIn(gatewayUrl, email, password);
    await running.stop();
    running = undefined;
    await databases.drop();
  }, 120_000);
});

describe('npm start exits with 1 and names the cause when', () => {
  const fails = async (environment: Record<string, string>) => {
    const started = new NpmStart(place, environment);
    expect(await started.exited).toBe(1);
    expect(started.output).not.toMatch(/\bat .*\.js:\d+/);
    return started.output;
  };

  test('ports are in use', async () => {
    const variables = ['GATEWAY_PORT', 'POSTGRES_PORT'] as const;
    const servers = variables.map((name) => createServer().listen(Number(place[name]), '127.0.0.1'));
    await eventually(() => servers.every(({ listening }) => listening), Boolean);
    const output = await fails({});
    for (const name of variables) expect(output).toMatch(new RegExp(`${name}.*${place[name]}`));
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  }, 60_000);

  test('the secrets of existing databases are missing', async () => {
    const file = path.join(place.DATA_DIR, 'secrets.json');
    await rename(file, `${file}.lost`);
    expect(await fails({})).toContain(`${file} is missing`);
    await rename(`${file}.lost`, file);
  }, 60_000);

  test('a database cannot be reached, without printing its password', async () => {
    const url = `postgres://someone:hunter2@127.0.0.1:${place.POSTGRES_PORT}/nowhere`;
    const output = await fails(databaseVariables(() => url));
    expect(output).toMatch(/USERS_DATABASE_URL/);
    expect(output).toContain(`127.0.0.1:${place.POSTGRES_PORT}/nowhere`);
    expect(output).not.toContain('hunter2');
  }, 60_000);

  test('variables are invalid', async () => {
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
  throw new Error('the value is missing');
}
