import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ADD_SUBSCRIBER,
  GET_ALL_SUBSCRIBERS,
  RefusedException,
  SubscribersClient,
  SubscribersException,
  SubscribersRecord,
  type ActingUser,
  type AddedSubscriber,
  type Subscriber,
  type SubscribersClientOptions,
} from '@supergraph/nest-tcp-client';
import { withClient } from '@supergraph/tools/postgres-client';
import { repositoryRoot } from '@supergraph/tools/repository';
import { lastValueFrom, type Observable } from 'rxjs';
import ts from 'typescript';
import { writeSnippet } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let system: TestSystem;
let ada: Person;
const clients: SubscribersClient[] = [];
beforeAll(async () => {
  // The client logs broken connections when the service restarts.
  Logger.overrideLogger(false);
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl);
});
afterEach(() => clients.splice(0).forEach((client) => client.close()));
afterAll(() => system?.stop());

function newClient(options: Partial<SubscribersClientOptions> = {}): SubscribersClient {
  const secret = system.secrets.MONOLITH_TCP_SECRET!;
  const client = new SubscribersClient({
    host: '127.0.0.1',
    port: system.morePorts.TCP_PORT!,
    caller: 'monolith',
    secret,
    timeoutMs: 20_000,
    ...options,
  });
  clients.push(client);
  return client;
}

async function exceptionOf(message: Observable<unknown>): Promise<RefusedException> {
  const failure: unknown = await lastValueFrom(message).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RefusedException);
  return failure as RefusedException;
}

function actingUser({ accessToken }: Person): ActingUser {
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as {
    sub: string;
    sid: string;
    scope: string;
  };
  return { userId: claims.sub, sessionId: claims.sid, scopes: claims.scope.split(' ') };
}

describe('the client of a NestJS application', () => {
  test('adds subscribers for itself and for a user, and lists both', async () => {
    const client = newClient();
    const email = freshEmail();
    const own = await lastValueFrom(client.send(ADD_SUBSCRIBER, { email, name: 'Grace' }));
    expect(own).toMatchObject({ email, name: 'Grace', created: true, addedBy: null });
    const record = new SubscribersRecord({ email: freshEmail() }, { user: actingUser(ada) });
    const adas = await lastValueFrom(client.send(ADD_SUBSCRIBER, record));
    expect(adas.addedBy).toEqual({ id: ada.userId });
    const { subscribers } = await lastValueFrom(client.send(GET_ALL_SUBSCRIBERS, { first: 2 }));
    expect(subscribers.map(({ id }) => id)).toEqual([adas.id, own.id]);
  });

  test('gets the code and the field of an error', async () => {
    const client = newClient();
    const email = await exceptionOf(client.send(ADD_SUBSCRIBER, { email: 'not an address' }));
    expect(email).toMatchObject({ code: 'INVALID_EMAIL', field: ['email'], message: expect.any(String) });
    const name = await exceptionOf(
      client.send(ADD_SUBSCRIBER, { email: freshEmail(), name: 'x'.repeat(201) }),
    );
    expect(name).toMatchObject({ field: ['name'] });
    const first = await exceptionOf(client.send(GET_ALL_SUBSCRIBERS, { first: 1_000 }));
    expect(first).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('is not trusted with a wrong secret or an unknown name', async () => {
    for (const options of [{ secret: 'x'.repeat(32) }, { caller: 'another' }]) {
      const client = newClient(options);
      expect(await exceptionOf(client.send(GET_ALL_SUBSCRIBERS, ''))).toMatchObject({
        code: 'UNTRUSTED_CALLER',
      });
    }
  });

  test('gets a list of 1,000 subscribers of maximum size', async () => {
    const name = '𝕏'.repeat(200);
    await withClient(system.databaseUrls['email-subscriptions']!, (database) =>
      database.query(
        `INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_at, added_by)
         SELECT gen_random_uuid(), a, a, $1, a, 'ACTIVE', now() + interval '1 minute', gen_random_uuid()
         FROM (SELECT lpad(n::text, 64, 'x') || '@' || repeat('long-domain.', 15) || 'example.' AS a
               FROM generate_series(1, 1000) n) many`,
        [name],
      ),
    );
    try {
      const client = newClient();
      const lists = await Promise.all(
        Array.from({ length: 5 }, () => lastValueFrom(client.send(GET_ALL_SUBSCRIBERS, ''))),
      );
      for (const list of lists) {
        expect(list).toHaveLength(1_000);
        expect(list.every((subscriber) => subscriber.name === name)).toBe(true);
      }
    } finally {
      await withClient(system.databaseUrls['email-subscriptions']!, (database) =>
        database.query('DELETE FROM subscribers WHERE name = $1', [name]),
      );
    }
  });
});

/** Adds subscribers until it is stopped, and records the outcome of each addition. */
class Adding {
  readonly added: AddedSubscriber[] = [];
  readonly failures: unknown[] = [];
  private isStopped = false;
  private readonly done: Promise<unknown>;

  constructor(private readonly client: SubscribersClient) {
    this.done = Promise.all(Array.from({ length: 10 }, () => this.run()));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const addition = { email: freshEmail(), idempotencyKey: randomUUID() };
      try {
        this.added.push(await lastValueFrom(this.client.send(ADD_SUBSCRIBER, addition)));
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
}

test('a client gets a response or a typed exception for each message while the service restarts', async () => {
  const timeoutMs = 2_000;
  const adding = new Adding(newClient({ timeoutMs }));
  const someMore = async () => {
    const before = adding.added.length;
    await eventually(
      () => adding.added.length,
      (count) => count > before + 50,
    );
  };
  try {
    await someMore();
    await system.restart('email-subscriptions');
    await someMore();
    system.processes['email-subscriptions']!.kill('SIGKILL');
    await system.restart('email-subscriptions');
    await someMore();
  } finally {
    await adding.stop();
  }
  expect(adding.failures.length).toBeGreaterThan(0);
  expect(adding.failures.filter((failure) => !(failure instanceof SubscribersException))).toEqual([]);
  const codes = new Set(adding.failures.map((failure) => (failure as SubscribersException).code));
  expect(['NO_ANSWER', 'SUBGRAPH_UNAVAILABLE', 'UNREACHABLE']).toEqual(expect.arrayContaining([...codes]));
  const { rows } = await withClient(system.databaseUrls['email-subscriptions']!, (database) =>
    database.query('SELECT id FROM subscribers WHERE id = ANY ($1)', [adding.added.map(({ id }) => id)]),
  );
  expect(rows).toHaveLength(adding.added.length);
}, 120_000);

/** The module in the README of the client. */
interface Example {
  readonly NewsletterModule: Type;
  readonly Newsletter: Type<{
    add(email: string, key: string): Promise<AddedSubscriber>;
    addFor(user: ActingUser, email: string): Promise<AddedSubscriber>;
    addLater(email: string): void;
    list(): Promise<Subscriber[]>;
  }>;
}

async function readmeExample(): Promise<Example> {
  const readme = readFileSync(path.join(repositoryRoot, 'clients/nest-tcp/README.md'), 'utf8');
  const [, source = ''] = /^```ts\n(.*?)^```/ms.exec(readme)!;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  return (await import(pathToFileURL(writeSnippet('nest-tcp-client', outputText)).href)) as Example;
}

test('the example of the README works', async () => {
  process.env.SUBSCRIBERS_TCP_PORT = String(system.morePorts.TCP_PORT!);
  process.env.SUBSCRIBERS_TCP_SECRET = system.secrets.MONOLITH_TCP_SECRET!;
  const { Newsletter, NewsletterModule } = await readmeExample();
  const app = await NestFactory.createApplicationContext(NewsletterModule, {
    logger: false,
    abortOnError: false,
  });
  try {
    const newsletter = app.get(Newsletter);
    const [email, key, later] = [freshEmail(), randomUUID(), freshEmail()];
    const added = await newsletter.add(email, key);
    expect(added).toMatchObject({ email, created: true });
    expect(await newsletter.add(email, key)).toEqual(added);
    expect(await newsletter.addFor(actingUser(ada), freshEmail())).toMatchObject({
      addedBy: { id: ada.userId },
    });
    newsletter.addLater(later);
    await eventually(
      () => newsletter.list(),
      (list) => list.some((subscriber) => subscriber.email === later),
    );
  } finally {
    await app.close();
  }
});
