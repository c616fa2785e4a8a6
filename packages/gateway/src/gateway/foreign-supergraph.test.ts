import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { txnTokenKey, verifyTxnToken } from '@kit/auth';
import { createService } from '@kit/service';
import { parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { pino } from 'pino';
import { until } from '../request/testing/until.js';
import type { SubgraphOptions } from '../subgraphs/subgraph-options.js';
import { createGateway } from './create-gateway.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const BOOKMARK = (cursor: string) => ({ ticks: { cursor, n: null } });
const TICK = (n: number) => ({ ticks: { cursor: String(n), n } });

interface Context {
  readonly request: IncomingMessage;
}

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { a: Int }
  type Subscription {
    ticks(after: String, bookmarks: Boolean = false): Tick!
    held(after: String, bookmarks: Boolean = false): Tick!
    plain: Int
  }
  type Tick { cursor: String!, n: Int }
`);

/** The `after` argument of each upstream subscription, in order. */
let starts: (string | undefined)[];
let upstreams: IncomingMessage[];
let subgraph: Server;
let folder: string;
let file: string;
let app: NestFastifyApplication | undefined;
let url: string;

/** Sends two ticks and breaks the connection. The next subscription goes on and is complete. */
async function* ticks(_: unknown, { after }: { after?: string }, context: unknown) {
  const { request } = context as Context;
  starts.push(after);
  upstreams.push(request);
  const next = Number(after ?? 0) + 1;
  yield BOOKMARK(after ?? '0');
  for (const n of [next, next + 1]) yield TICK(n);
  if (starts.length === 1) {
    await new Promise((resolve) => setImmediate(resolve));
    request.socket.destroy();
  }
  yield BOOKMARK(String(next + 1));
}

/** Sends one tick, and stays open. */
async function* held(_: unknown, { after }: { after?: string }, context: unknown) {
  const { request } = context as Context;
  starts.push(after);
  upstreams.push(request);
  const n = Number(after ?? 0) + 1;
  yield { held: { cursor: after ?? '0', n: null } };
  yield { held: { cursor: String(n), n } };
  await new Promise((resolve) => request.socket.once('close', resolve));
}

async function* plain(_: unknown, _arguments: unknown, context: unknown) {
  const { request } = context as Context;
  upstreams.push(request);
  yield { plain: 1 };
  await new Promise((resolve) => request.once('close', resolve));
}

beforeEach(async () => {
  [starts, upstreams] = [[], []];
  const resolvers = {
    Subscription: { ticks: { subscribe: ticks }, held: { subscribe: held }, plain: { subscribe: plain } },
  };
  const schema = buildSubgraphSchema({ typeDefs, resolvers });
  const handler = createHandler({ schema, context: ({ raw }) => ({ request: raw }) });
  subgraph = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => subgraph.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(path.join(tmpdir(), 'foreign-supergraph-'));
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  subgraph.closeAllConnections();
  await new Promise((resolve) => subgraph.close(resolve));
  await rm(folder, { recursive: true });
});

/** Composes the subgraph with its address. */
async function writeSupergraph(file: string, search: string): Promise<void> {
  const { port } = subgraph.address() as AddressInfo;
  const composed = `http://127.0.0.1:${port}/their/graphql${search}`;
  const { supergraphSdl } = composeServices([{ name: 'theirs', url: composed, typeDefs }]);
  await writeFile(file, supergraphSdl!);
}

async function start(options: Partial<SubgraphOptions> = {}): Promise<void> {
  file = path.join(folder, 'supergraph.graphql');
  await writeSupergraph(file, '?v=2');
  app = await createService(
    createGateway({
      supergraph: { file, pollMs: 50 },
      subgraphs: (_, url) => ({ url, subscriptions: 'sse', ...options }),
      production: false,
      logger: pino({ level: 'silent' }),
    }),
  );
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
}

/** Watches over server-sent events. */
async function watch(query: string) {
  const aborted = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: aborted.signal,
  });
  let text = '';
  const ended = (async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  const events = () => [...text.matchAll(/^data: (.+)$/gm)].map(([, json]) => JSON.parse(json!) as unknown);
  return { events, ended, text: () => text, close: () => aborted.abort() };
}

describe('a subgraph of others that streams server-sent events', () => {
  test('is resumed after the last cursor when its stream breaks, and no watcher notices', async () => {
    await start();
    const { events, ended, text } = await watch('subscription { ticks { n } }');
    await ended;
    expect(events()).toEqual([1, 2, 3, 4].map((n) => ({ data: { ticks: { n } } })));
    expect(starts).toEqual([undefined, '2']);
    expect(text()).toContain('event: complete');
    expect(upstreams[0]!.url).toBe('/their/graphql?v=2');
    expect(upstreams[0]!.headers).not.toHaveProperty('txn-token');
  });

  test('is resumed at its new address when the supergraph changes that, and no watcher notices', async () => {
    await start();
    const { events, close } = await watch('subscription { held { n } }');
    await until(() => events().length === 1);
    await writeSupergraph(file, '?v=3');
    await until(() => events().length === 2 && upstreams[0]!.socket.destroyed);
    expect(events()).toEqual([1, 2].map((n) => ({ data: { held: { n } } })));
    expect(starts).toEqual([undefined, '1']);
    expect(upstreams.map(({ url: asked }) => asked)).toEqual(['/their/graphql?v=2', '/their/graphql?v=3']);
    close();
  });

  test('may stream at an address of its own', async () => {
    const { port } = subgraph.address() as AddressInfo;
    await start({ subscriptionsUrl: `http://127.0.0.1:${port}/live?v=3` });
    const { events, ended } = await watch('subscription { ticks { n } }');
    await ended;
    expect(events()).toHaveLength(4);
    expect(upstreams.map(({ url: asked }) => asked)).toEqual(['/live?v=3', '/live?v=3']);
  });

  test('loses its watchers with an error when the field has no cursors', async () => {
    await start();
    const { events, ended } = await watch('subscription { plain }');
    await until(() => events().length === 1);
    upstreams[0]!.socket.destroy();
    await ended;
    expect(events()).toEqual([
      { data: { plain: 1 } },
      {
        errors: [
          expect.objectContaining({
            extensions: expect.objectContaining({ code: 'SUBSCRIPTION_UPSTREAM_LOST' }),
          }),
        ],
      },
    ]);
  });

  test('is no longer asked when its last watcher has left', async () => {
    await start();
    const { events, close } = await watch('subscription { plain }');
    await until(() => events().length === 1);
    close();
    await until(() => upstreams[0]!.socket.destroyed);
    expect(await (await fetch(`${url}/live/upstreams`)).text()).toBe('0');
  });

  test('gets a transaction token with each operation when it has a secret', async () => {
    await start({ secret: SECRET });
    const { ended } = await watch('subscription { ticks { n } }');
    await ended;
    const keys = [txnTokenKey(SECRET)];
    for (const { headers } of upstreams)
      expect(verifyTxnToken(headers['txn-token'], 'theirs', keys)).toMatchObject({ viewer: null });
    expect(upstreams).toHaveLength(2);
  });
});
