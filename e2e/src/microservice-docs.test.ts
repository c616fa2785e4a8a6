import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientProxy } from '@nestjs/microservices';
import {
  ADD_SUBSCRIBER,
  GET_ALL_SUBSCRIBERS,
  NoAnswerException,
  RefusedException,
  SubscribersClient,
  SubscribersRecord,
  UnreachableException,
  type AddedSubscriber,
  type NewSubscriber,
  type Subscriber,
} from '@supergraph/nest-tcp-client';
import { repositoryRoot } from '@supergraph/tools/repository';
import type { System } from '@supergraph/tools/system';
import { firstValueFrom } from 'rxjs';
import { eventually } from './harness/eventually.js';
import { liveClient, watch } from './harness/live-client.js';
import { program, snippet, writePrograms } from './harness/microservice-snippets.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

type Where = { host: string; port: number; caller: string; secret: string };
type Json = Record<string, unknown>;

const json = (name: string) => JSON.parse(snippet(name)) as Json;

/** The kind of each value, so that an example can be compared with what is really returned. */
const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)]));
};

let system: System;
let ada: Person;
let client: SubscribersClient;
const where = (caller = 'monolith', secret = system.secrets.MONOLITH_TCP_SECRET!): Where => ({
  host: '127.0.0.1',
  port: system.morePorts.TCP_PORT!,
  caller,
  secret,
});
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl);
  Object.assign(process.env, {
    SUBSCRIBERS_HOST: '127.0.0.1',
    SUBSCRIBERS_PORT: String(system.morePorts.TCP_PORT!),
    SUBSCRIBERS_SECRET: system.secrets.MONOLITH_TCP_SECRET!,
  });
  writePrograms();
  client = new SubscribersClient(where());
});
afterAll(async () => {
  client?.close();
  await system?.stop();
});

describe('the programs of docs/microservice.md', () => {
  test('add a subscriber by send, with the result that is printed', async () => {
    const data = { email: freshEmail(), name: 'Grace' };
    const added = await firstValueFrom(client.send<AddedSubscriber>(ADD_SUBSCRIBER, data));
    expect(shape(added)).toEqual(shape(json('added')));
    const newest = await firstValueFrom(client.send<Subscriber[]>(GET_ALL_SUBSCRIBERS, ''));
    expect(newest).toContainEqual(expect.objectContaining({ id: added.id }));
  });

  test('add one by emit, whose receipt is an event at the gateway', async () => {
    const watcher = liveClient(system.gatewayUrl, ada.accessToken);
    const receipts = watch(watcher, snippet('receipts'));
    await receipts.waitForEvents(1);
    const email = freshEmail();
    client.emit(ADD_SUBSCRIBER, { email });
    // The event of the addition above may come first.
    await eventually(
      () => receipts.events.at(-1),
      (event) => event?.data?.subscriberAdded?.subscriber?.email === email,
    );
    receipts.stop();
    await watcher.dispose();
  });

  test('add with a stock ClientProxy, which gets the list, and pages as they are printed', async () => {
    const { subscribersClient } = await program<{ subscribersClient: DynamicModule }>('stock-client');
    const stock = await NestFactory.createApplicationContext(subscribersClient, { logger: false });
    try {
      const proxy = stock.get<ClientProxy>('SUBSCRIBERS');
      const data = { email: freshEmail(), name: 'Grace' };
      expect(await firstValueFrom(proxy.send({ cmd: 'add-subscriber' }, data))).toMatchObject(data);
      const page: Json = await firstValueFrom(proxy.send({ cmd: 'get-all-subscribers' }, { first: 1 }));
      expect(shape(page)).toEqual(shape(json('page')));
      const newest: Json[] = await firstValueFrom(proxy.send({ cmd: 'get-all-subscribers' }, ''));
      expect(newest[0]).toMatchObject(data);
    } finally {
      await stock.close();
    }
  });

  test('add again with the same key, though the service was killed, and get the first result', async () => {
    const { addSafely } = await program<{
      addSafely: (client: SubscribersClient, subscriber: NewSubscriber) => Promise<AddedSubscriber>;
    }>('retry');
    const retrying = new SubscribersClient({ ...where(), timeoutMs: 30_000 });
    const subscriber = { email: freshEmail(), idempotencyKey: 'an order' };
    const first = await addSafely(retrying, subscriber);
    system.processes['email-subscriptions']!.kill('SIGKILL');
    await system.processes['email-subscriptions']!.exited;
    const again = addSafely(retrying, subscriber);
    await system.restart('email-subscriptions');
    expect(await again).toEqual(first);
    expect(first.created).toBe(true);
    await expect(addSafely(retrying, { email: 'nobody' })).rejects.toMatchObject({ code: 'INVALID_EMAIL' });
    retrying.close();
  }, 60_000);

  test('find the failure of an emit in the log', async () => {
    const example = json('log-line');
    const { requestId } = example as { requestId: string };
    const record = new SubscribersRecord({ email: 'not an address' }, { requestId });
    client.emit(ADD_SUBSCRIBER, record);
    const line = await eventually(
      () => system.processes['email-subscriptions']!.logs().find((each) => each.includes(requestId)),
      (found) => found !== undefined,
    );
    const { time, ms, ...rest } = JSON.parse(line!) as Json;
    expect({ ...rest, time: typeof time, ms: typeof ms }).toEqual({
      ...example,
      time: 'string',
      ms: 'number',
    });
  });

  test('speak the protocol without NestJS, as the callers that are printed', async () => {
    const { add } = await program<{ add: (to: Where, data: Json) => Promise<Json> }>('wire');
    const email = freshEmail('😀');
    expect(await add(where(), { email })).toMatchObject({ email, created: true });
    await expect(add(where(), { email: 7 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const [monolith, reports] = JSON.parse(snippet('callers')) as { name: string; secret: string }[];
    await system.restart('email-subscriptions', { TCP_CALLERS: snippet('callers') });
    expect(await add(where(monolith!.name, monolith!.secret), { email })).toMatchObject({ created: false });
    await expect(add(where(reports!.name, reports!.secret), { email })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  }, 60_000);
});

const text = readFileSync(path.join(repositoryRoot, 'docs/microservice.md'), 'utf8');
const source = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');

/** The rows of the tables under a heading, without their head: the text of each cell. */
function tableRows(heading: string): string[][] {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const lines = section.split(/\n#+ /)[0]!.split('\n');
  return lines
    .filter((line, index) => line.startsWith('| ') && !lines[index + 1]?.startsWith('| ---'))
    .filter((line) => !line.startsWith('| ---'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const firstCells = (heading: string) =>
  tableRows(heading).map(([cell = '']) => cell.replaceAll('`', '').replace(/\{.*/, ''));

describe('the tables of docs/microservice.md', () => {
  const SERVICE = 'subgraphs/email-subscriptions/src';
  /** User errors of changes that no message makes. */
  const OF_OTHER_MUTATIONS = ['STALE_REVISION', 'INVALID_TOKEN', 'RATE_LIMITED'];

  test('list every code that a message can be rejected with', () => {
    const written = [
      'tcp/message-error.ts',
      'subscribers/messages/message-data.ts',
      'subscribers/subscriber-error.ts',
    ]
      .flatMap((file) => [...source(`${SERVICE}/${file}`).matchAll(/code: '([A-Z_]+)'/g)])
      .map(([, code]) => code!)
      .filter((code) => !OF_OTHER_MUTATIONS.includes(code));
    const fromGraphQL = ['FORBIDDEN', 'INTERNAL_SERVER_ERROR'];
    expect(firstCells('## Errors').sort()).toEqual([...new Set([...written, ...fromGraphQL])].sort());
  });

  test('list the exceptions of the client package with their codes', () => {
    const exceptions = [
      ['RefusedException', 'a code from above'],
      ...[new UnreachableException(), new NoAnswerException()].map(({ name, code }) => [name, code]),
    ];
    expect(new RefusedException({ code: 'FORBIDDEN', message: '' })).toMatchObject({
      name: exceptions[0]![0],
    });
    expect(
      tableRows('### Exceptions of the client package').map((cells) =>
        cells.slice(0, 2).map((cell) => cell.replaceAll('`', '')),
      ),
    ).toEqual(exceptions);
  });

  test('list the data that an addition takes', () => {
    const [, fields = ''] = /const ADDITION = z\.strictObject\(\{(.*?)\}\)/s.exec(
      source(`${SERVICE}/subscribers/messages/message-data.ts`),
    )!;
    expect(firstCells('### `add-subscriber`')).toEqual(
      [...fields.matchAll(/(\w+):/g)].map(([, name]) => name),
    );
  });

  test.each([
    ['length of a message', 'tcp/message-socket.ts', 'LONGEST_MESSAGE'],
    ['time for a message to arrive', 'tcp/message-socket.ts', 'arrivalMs'],
    ['worked on at a time', 'tcp/message-socket.ts', 'MAX_PENDING'],
    ['time for a client to read', 'tcp/message-socket.ts', 'stallMs'],
    ['time of one message', 'tcp/message-server.ts', 'workMs'],
    ['open connections', 'tcp/message-server.ts', 'connections'],
    ['TLS handshake', 'tcp/message-server.ts', 'handshakeMs'],
  ])('have the limit "%s" as the code has it', (row, file, constant) => {
    const [, digits = ''] = new RegExp(`\\b${constant}(?: =|:) ([\\d_]+)`).exec(
      source(`${SERVICE}/${file}`),
    )!;
    const number = Number(digits.replaceAll('_', ''));
    const expected = constant.endsWith('Ms') ? `${number / 1_000} s` : number.toLocaleString('en-US');
    const rows = tableRows('## Limits').filter(([limit]) => limit!.includes(row));
    expect(rows.map(([, value]) => value)).toEqual([expected]);
  });

  test('list every metric, with its type and its labels', async () => {
    const metrics = await (await fetch(system.metricsUrls['email-subscriptions']!)).text();
    const types = [...metrics.matchAll(/^# TYPE (tcp_\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
    const documented = tableRows('## Health and metrics');
    expect(
      documented.map(([name = '', type]) => [name.replaceAll('`', '').replace(/\{.*/, ''), type]),
    ).toEqual(types);
    for (const [name = ''] of documented) {
      const [, labels = ''] = /\{(.*)\}/.exec(name) ?? [];
      const [metric = ''] = name.replaceAll('`', '').split('{');
      const [, found = ''] = new RegExp(`^${metric}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(metrics)!;
      expect([...found.matchAll(/(\w+)="/g)].map(([, label]) => label)).toEqual(
        labels ? labels.split(',') : [],
      );
    }
  });
});
