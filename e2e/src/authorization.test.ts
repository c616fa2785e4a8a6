import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { repositoryRoot } from '@supergraph/tools/repository';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { post, type Data } from './harness/http.js';
import { blocksOf, closeStreams, openStream } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, logIn, newPerson } from './harness/people.js';
import { runOver, type OperationResult } from './harness/run-over.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';

const folder = mkdtempSync(path.join(tmpdir(), 'authorization-'));
const file = path.join(folder, 'supergraph.graphql');
const whole = readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');
// The subgraphs do not guard these fields; only the gateway does.
const guarded = whole
  .replace(
    /(type Subscriber\n[^}]*?\n  name: String)\n/,
    '$1 @requiresScopes(scopes: [["subscribers:pii"]])\n',
  )
  .replace(
    'status: SubscriberStatus!\n',
    'status: SubscriberStatus! @requiresScopes(scopes: [["users:admin"]])\n',
  );

let system: TestSystem;
let url: string;
let reader: string;
let editor: string;
const proxies: FaultProxy[] = [];
const before = async (origin: string) => {
  const proxy = await FaultProxy.inFrontOf(origin);
  proxies.push(proxy);
  return proxy.origin;
};
beforeAll(async () => {
  const guards = (sdl: string) => sdl.match(/subscribers:pii|users:admin/g)?.length ?? 0;
  expect(guards(guarded) - guards(whole)).toBe(2);
  writeFileSync(file, guarded);
  system = await startTestSystem({
    env: { gateway: { SUPERGRAPH_FILE: file }, users: { DEFAULT_ROLE: 'READER' } },
    between: { users: before, 'email-subscriptions': before },
  });
  url = system.gatewayUrl;
  reader = (await newPerson(url, 'Rea')).accessToken;
  const ed = await newPerson(url, 'Ed');
  await withClient(system.databaseUrls.users!, (client) =>
    client.query(`UPDATE users SET roles = ARRAY['EDITOR'] WHERE id = $1`, [ed.userId]),
  );
  editor = (await logIn(url, ed.email)).accessToken;
});
afterEach(() => {
  for (const proxy of proxies) proxy.inject('none');
  closeStreams();
});
afterAll(async () => {
  await system?.stop();
  for (const proxy of proxies) await proxy.close();
  rmSync(folder, { recursive: true });
});

const authorizationErrors = ({ errors }: OperationResult) =>
  errors?.map((error) => {
    const { code, missingScopes } = error.extensions as { code: string; missingScopes?: string[][] };
    return [error.path?.join('.'), code, ...(missingScopes ? [missingScopes] : [])];
  });

describe.each(['HTTP POST', 'WebSocket', 'server-sent events'])('over %s', (transport) => {
  const run = (query: string, token?: string) => runOver[transport]!(url, { query }, token);

  test('returns public fields to an anonymous caller, and null with an error for the rest', async () => {
    const response = await run('{ viewer { email } list: subscribers(first: 1) { nodes { id } } }');
    expect(response.data).toEqual({ viewer: null, list: null });
    expect(authorizationErrors(response)).toEqual([['list', 'UNAUTHENTICATED']]);
  });

  test('calls no subgraph when the caller may see none of the fields', async () => {
    for (const proxy of proxies) proxy.inject('reset');
    const queries = [
      '{ subscribers(first: 1) { nodes { id } } user(id: "x") { email } }',
      'mutation { addSubscriber(input: { email: "a@example.com" }) { created } logout { revoked } }',
    ];
    for (const query of queries) {
      const codes = (await run(query)).errors?.map(({ extensions }) => extensions.code);
      expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
    }
    expect(authorizationErrors(await run(queries[1]!.replace(' logout { revoked }', ''), reader))).toEqual([
      ['addSubscriber', 'FORBIDDEN', [['subscribers:write']]],
    ]);
    // Shows that the proxies would have been reached.
    expect(authorizationErrors(await run('{ viewer { email } }', reader))).toEqual([
      ['viewer', 'SUBGRAPH_UNAVAILABLE'],
    ]);
  });

  test('runs a mutation only for a role that has its scope', async () => {
    const email = freshEmail('role');
    const add = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
    const find = `{ subscriberByEmail(email: "${email}") { email } }`;
    expect(await run(add, reader)).toMatchObject({ data: { addSubscriber: null } });
    expect(await run(find, reader)).toMatchObject({ data: { subscriberByEmail: null } });
    expect(await run(add, editor)).toMatchObject({ data: { addSubscriber: { created: true } } });
    expect(await run(find, reader)).toMatchObject({ data: { subscriberByEmail: { email } } });
  });

  test('protects fields that no subgraph guards, and propagates null to the nearest nullable field', async () => {
    const email = freshEmail('nulls');
    await addSubscriber(url, editor, { email, name: 'leaked' }).catch(() => undefined);
    const response = await run(
      `{ subscriberByEmail(email: "${email}") { email name addedBy { email } } again: subscriberByEmail(email: "${email}") { status } }`,
      editor,
    );
    expect(response.data).toEqual({
      subscriberByEmail: { email, name: null, addedBy: { email: expect.any(String) } },
      again: null,
    });
    expect(authorizationErrors(response)).toEqual([
      ['subscriberByEmail.name', 'FORBIDDEN', [['subscribers:pii']]],
      ['again.status', 'FORBIDDEN', [['users:admin']]],
    ]);
  });
});

const ADDED = 'subscription { subscriberAdded { subscriber { email name } } }';
const added = (email: string) => ({ data: { subscriberAdded: { subscriber: { email, name: null } } } });

describe('a subscription', () => {
  const add = async () => {
    const email = freshEmail('live');
    const mutation = `mutation { addSubscriber(input: { email: "${email}", name: "leaked" }) { created } }`;
    await post(url, mutation, { token: editor });
    return email;
  };

  test('is rejected by the gateway without its scope, over WebSocket and SSE', async () => {
    for (const proxy of proxies) proxy.inject('reset');
    const client = liveClient(url);
    const rejected = await watch(client, ADDED).waitForEnd();
    await client.dispose();
    expect(rejected).toMatchObject([{ path: ['subscriberAdded'], extensions: { code: 'UNAUTHENTICATED' } }]);
    const stream = await openStream(url, {
      headers: { accept: 'text/event-stream' },
      body: { query: ADDED },
    });
    expect(await stream.ended).toContain('UNAUTHENTICATED');
  });

  test('has null in each event for a field without its scope, over WebSocket and SSE', async () => {
    const client = liveClient(url, reader);
    const bookmarked = ADDED.replace('subscriberAdded', 'subscriberAdded(bookmarks: true)');
    const watching = watch(client, bookmarked);
    await watching.waitForEvents(1);
    const stream = await openStream(url, {
      headers: { accept: 'text/event-stream' },
      token: reader,
      body: { query: bookmarked },
    });
    await stream.waitForText('subscriberAdded');
    const email = await add();
    // Subscribers that earlier tests added may arrive as well.
    const ofEmail = ({ data }: { data?: Data }) => data?.['subscriberAdded']?.subscriber?.email === email;
    const event = await eventually(
      () => watching.events.find(ofEmail),
      (found) => found !== undefined,
    );
    const streamed = blocksOf(await stream.waitForText(email)).find(({ data }) => data && ofEmail(data));
    await client.dispose();
    for (const each of [event!, streamed!.data!]) {
      expect(each).toMatchObject(added(email));
      expect(authorizationErrors(each)).toEqual([
        ['subscriberAdded.subscriber.name', 'FORBIDDEN', [['subscribers:pii']]],
      ]);
    }
  });
});

test('a subgraph checks the scopes itself', async () => {
  const request = async (scope: string, query: string) => {
    const token = txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { scope });
    return post(system.subgraphUrls['email-subscriptions']!, query, { headers: { 'txn-token': token } });
  };
  const add = `mutation { addSubscriber(input: { email: "${freshEmail('direct')}" }) { created } }`;
  const rejected = await request('subscribers:read', add);
  expect(rejected.data).toEqual({ addSubscriber: null });
  expect(authorizationErrors(rejected)).toEqual([['addSubscriber', 'FORBIDDEN', [['subscribers:write']]]]);
  expect((await request('subscribers:write', add)).data).toEqual({ addSubscriber: { created: true } });
});
