import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import {
  composeServices,
  composeText,
  envExample,
  imageEnvironment,
  interpolate,
  programOf,
  type Variables,
} from './harness/compose-file.js';
import { eventually } from './harness/eventually.js';

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

const services = Object.keys(composeServices).filter((name) => programOf(composeServices[name]!));
const withoutGateway = services.filter((name) => name !== 'gateway');
const withSecrets = services.filter((name) => !name.endsWith('-migrate'));

const example = envExample().set;
const isExample = (value: string) => value.startsWith('change-me');
const drawn = () => randomBytes(32).toString('hex');

/** .env as an operator fills it in: with random secrets, or with the values of the example kept. */
const filledIn = (keepsExamples = false): Variables =>
  Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, keepsExamples && value ? value : drawn()]),
  );

/** The environment of a container, except that every address is a free port of this host. */
async function containerEnvironment(name: string, env: Variables): Promise<Variables> {
  const inCompose = Object.entries(composeServices[name]!.environment).map(
    ([variable, value]) => [variable, interpolate(value, env)] as const,
  );
  const environment: Variables = { ...imageEnvironment(), ...Object.fromEntries(inCompose) };
  for (const [variable, value] of Object.entries(environment)) {
    if (!value.includes('://')) continue;
    environment[variable] = value.replace(/[\w-]+:\d+(?=\/|$)/, `127.0.0.1:${await freePort()}`);
  }
  return {
    ...environment,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    METRICS_PORT: '0',
    SUPERGRAPH_FILE: path.join(repositoryRoot, path.relative('/app', environment.SUPERGRAPH_FILE ?? '')),
  };
}

function start(name: string, env: Variables) {
  const child = spawn(process.execPath, [programOf(composeServices[name]!)!], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, output: () => output };
}

describe('the images', () => {
  test('get the manifest of every workspace, which npm ci needs', () => {
    const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: object };
    const manifests = Object.keys(packages)
      .filter((place) => !place.includes('node_modules'))
      .map((place) => path.posix.join(place, 'package.json'));
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const isAllowed = (file: string) =>
      allowed.some((entry) => file === entry || file.startsWith(`${entry}/`));
    expect(manifests).toContain('examples/monolith/package.json');
    expect(manifests.filter((file) => !isAllowed(file))).toEqual([]);
  });
});

describe('the Compose file', () => {
  test.each(withoutGateway)('gives %s everything except a database', async (name) => {
    const env = filledIn();
    const { ended, output } = start(name, await containerEnvironment(name, env));
    expect(await ended).toBe(1);
    const subgraph = name.replace(/-migrate$/, '');
    expect(output()).toMatch(
      new RegExp(
        String.raw`^${subgraph}: the database 127\.0\.0\.1:\d+/\w+ \(DATABASE_URL\) cannot be used: .+$`,
        'm',
      ),
    );
    expect(output()).not.toMatch(/not usable|\bat .*\.[jt]s:\d+/);
    for (const secret of Object.values(env)) expect(output()).not.toContain(secret);
  });

  test('gives the gateway everything to start and to stop on SIGTERM', async () => {
    const gateway = start('gateway', await containerEnvironment('gateway', filledIn()));
    await eventually(gateway.output, (seen) => /"listening"/.test(seen) || gateway.child.exitCode !== null);
    gateway.child.kill('SIGTERM');
    expect({ code: await gateway.ended, output: gateway.output() }).toEqual({
      code: 0,
      output: expect.stringContaining('"draining"'),
    });
  });

  test.each(withSecrets)('makes %s reject the secrets of .env.example, by name', async (name) => {
    const environment = await containerEnvironment(name, filledIn(true));
    const rejected = Object.keys(environment).filter((variable) => isExample(environment[variable]!));
    expect(rejected).not.toEqual([]);
    const { ended, output } = start(name, environment);
    expect(await ended).toBe(1);
    for (const variable of rejected) expect(output()).toContain(`${variable} still holds an example value`);
  });

  test('makes email-subscriptions accept the TCP callers of .env.example once they have a secret', async () => {
    const { EMAIL_SUBSCRIPTIONS_TCP_CALLERS: callers = '' } = envExample().optional;
    const withCallers = (text: string) =>
      containerEnvironment('email-subscriptions', {
        ...filledIn(),
        EMAIL_SUBSCRIPTIONS_TCP_PORT: '4003',
        EMAIL_SUBSCRIPTIONS_TCP_CALLERS: text,
      });
    const rejected = start('email-subscriptions', await withCallers(callers));
    expect(await rejected.ended).toBe(1);
    expect(rejected.output()).toContain('TCP_CALLERS still holds an example value');
    const taken = start('email-subscriptions', await withCallers(callers.replace(/change-me[^"]*/, drawn())));
    expect(await taken.ended).toBe(1);
    expect(taken.output()).toMatch(/the database .* cannot be used/);
  });

  test('contains no secret: each comes from .env, and .env.example has no usable one', () => {
    const values = Object.values(composeServices).flatMap(({ environment }) => Object.entries(environment));
    const secrets = values.flatMap(([variable, value]) => {
      if (/SECRET|PASSWORD/.test(variable)) return [value];
      const password = /:\/\/[^/]*?:(.+)@/.exec(value)?.[1];
      return password === undefined ? [] : [password];
    });
    expect(secrets.length).toBeGreaterThan(8);
    for (const secret of secrets) expect(secret).toMatch(/^\$\{\w+(:\?[^}]+|:-)\}$/);
    for (const [variable, value] of Object.entries(example)) {
      expect(`${variable}=${value}`).toMatch(variable.endsWith('_PASSWORD') ? /=$/ : /=change-me/);
    }
  });

  test('uses exactly the variables of .env.example', () => {
    const required = new Set([...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    const optional = new Set([...composeText.matchAll(/\$\{(\w+):-/g)].map(([, name]) => name));
    expect(new Set(Object.keys(example))).toEqual(required);
    expect(new Set(Object.keys(envExample().optional))).toEqual(optional);
  });

  test('publishes only ports of the gateway and the mail catcher, by default on loopback', () => {
    const published = Object.entries(composeServices).map(([name, { ports }]) => [name, ports ?? []]);
    expect(published.filter(([, ports]) => ports!.length > 0)).toEqual([
      ['gateway', ['${GATEWAY_ADDRESS:-127.0.0.1}:${GATEWAY_PORT:-4000}:4000']],
      ['mailpit', ['127.0.0.1:8025:8025']],
    ]);
  });

  test('serves metrics on a port that is not published', () => {
    for (const name of withSecrets) {
      const { environment, ports = [] } = composeServices[name]!;
      expect(environment.METRICS_HOST).toBe('0.0.0.0');
      expect(ports.join()).not.toContain('14000');
    }
  });

  test.each([
    ['users-database', ['users', 'users-migrate']],
    ['users', ['gateway', 'mailpit', 'users-database', 'users-migrate']],
    ['mailpit', ['email-subscriptions', 'users']],
    ['email-subscriptions-database', ['email-subscriptions', 'email-subscriptions-migrate']],
    [
      'email-subscriptions',
      ['email-subscriptions-database', 'email-subscriptions-migrate', 'gateway', 'mailpit'],
    ],
  ])('connects %s only with %j', (name, neighbours) => {
    const { networks } = composeServices[name]!;
    const connected = Object.keys(composeServices).filter(
      (other) => other !== name && composeServices[other]!.networks.some((each) => networks.includes(each)),
    );
    expect(connected.sort()).toEqual(neighbours);
  });
});
