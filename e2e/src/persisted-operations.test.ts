import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runOver, type OperationRequest } from './harness/run-over.js';
import { eventually } from './harness/eventually.js';
import { liveClient, openUpstreams } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { SupergraphCopy } from './harness/supergraph-file.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byHash = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });
const codes = (errors?: { extensions: { code: string } }[]) =>
  errors?.map(({ extensions }) => extensions.code);

const transports = Object.keys(runOver);
/** One of each parser of `extensions`: a body, a URL, and a message. */
const SOME_TRANSPORTS = ['HTTP POST', 'HTTP GET', 'WebSocket'];

describe('automatic persisted queries', () => {
  let system: TestSystem;
  let ada: Person;
  beforeAll(async () => {
    system = await startTestSystem();
    ada = await newPerson(system.gatewayUrl);
  });
  afterAll(() => system?.stop());

  test.each(transports)('over %s: are registered with their text, and then known by the hash', async (by) => {
    const run = (query?: string) =>
      runOver[by]!(
        system.gatewayUrl,
        { ...(query && { query }), extensions: byHash(sha256(text)) },
        ada.accessToken,
      );
    const text = `query ${by.replaceAll(/\W/g, '')} { viewer { email } }`;
    expect(codes((await run()).errors)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(await run(text)).toEqual({ data: { viewer: { email: ada.email } } });
    expect(await run()).toEqual({ data: { viewer: { email: ada.email } } });
  });

  test.each(SOME_TRANSPORTS)('over %s: reject a hash that is not a string', async (by) => {
    const query = 'query Viewer { viewer { email } }';
    const run = (request: OperationRequest) => runOver[by]!(system.gatewayUrl, request, ada.accessToken);
    await run({ query, extensions: byHash(sha256(query)) });
    for (const sha256Hash of [[sha256(query)], { 0: sha256(query) }, 7, null]) {
      const extensions = { persistedQuery: { version: 1, sha256Hash } };
      for (const request of [
        { extensions },
        { query, extensions },
        { extensions, operationName: 'Viewer' },
      ]) {
        const { data, errors } = await run(request);
        expect([data ?? null, codes(errors)]).toEqual([null, ['BAD_REQUEST']]);
      }
    }
  });

  test.each(SOME_TRANSPORTS)(
    'over %s: reject another version and a wrong hash, and store nothing',
    async (by) => {
      const query = `query Other${transports.indexOf(by)} { viewer { email } }`;
      const run = (request: OperationRequest) => runOver[by]!(system.gatewayUrl, request, ada.accessToken);
      for (const persistedQuery of [
        { version: 2, sha256Hash: sha256(query) },
        { sha256Hash: sha256(query) },
        { version: 1, sha256Hash: sha256(`${query} `) },
      ]) {
        const { data, errors } = await run({ query, extensions: { persistedQuery } });
        expect([data ?? null, codes(errors)]).toEqual([null, ['BAD_REQUEST']]);
      }
      for (const hash of [sha256(query), sha256(`${query} `)]) {
        const { errors } = await run({ extensions: byHash(hash) });
        expect(codes(errors)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
      }
    },
  );

  test('do not store a document over a limit', async () => {
    const query = `{ viewer { ${'email '.repeat(40)} } }`;
    const extensions = byHash(sha256(query));
    for (const request of [
      { query, extensions },
      { query, extensions },
    ]) {
      expect((await runOver['HTTP POST']!(system.gatewayUrl, request)).errors).toMatchObject([
        { extensions: { limit: 'repeats' } },
      ]);
    }
    expect(codes((await runOver['HTTP POST']!(system.gatewayUrl, { extensions })).errors)).toEqual([
      'PERSISTED_QUERY_NOT_FOUND',
    ]);
  });
});

describe('a gateway that executes persisted operations only', () => {
  const VIEWER = 'fragment Mail on Viewer {\n  email\n}\n\nquery Viewer {\n  viewer {\n    ...Mail\n  }\n}';
  const WATCH = 'subscription Watch {\n  subscriberAdded {\n    subscriber {\n      email\n    }\n  }\n}';
  // The operations of the test helpers.
  const REGISTER =
    'mutation ($input: RegisterInput!) { register(input: $input) { accepted userErrors { code message } } }';
  const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
    tokens { accessToken refreshToken } viewer { user { id } } userErrors { code } } }`;
  const ADD = `mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) {
    created subscriber { id email name status addedAt addedBy { id displayName } }
    userErrors { code field message existing { id } } } }`;

  let folder: string;
  let supergraph: SupergraphCopy;
  let system: TestSystem;
  let ada: Person;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'manifest-'));
    supergraph = await SupergraphCopy.make();
    const manifest = path.join(folder, 'persisted-query-manifest.json');
    const operations = [VIEWER, WATCH, REGISTER, LOGIN, ADD].map((body) => ({
      id: sha256(body),
      name: 'Any',
      type: /^(mutation|subscription)/.exec(body)?.[0] ?? 'query',
      body,
    }));
    await writeFile(
      manifest,
      JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
    );
    const gateway = {
      PERSISTED_OPERATIONS: 'only',
      PERSISTED_OPERATIONS_MANIFEST: manifest,
      SUPERGRAPH_FILE: supergraph.file,
      SUPERGRAPH_POLL_MS: '50',
    };
    system = await startTestSystem({ env: { gateway } });
    ada = await newPerson(system.gatewayUrl);
  });
  afterAll(async () => {
    await system?.stop();
    await supergraph?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(transports)(
    'over %s: accepts an operation by its id, and by its text in any layout',
    async (by) => {
      const run = (request: OperationRequest) => runOver[by]!(system.gatewayUrl, request, ada.accessToken);
      const response = { data: { viewer: { email: ada.email } } };
      expect(await run({ extensions: byHash(sha256(VIEWER)) })).toEqual(response);
      expect(await run({ query: VIEWER })).toEqual(response);
      expect(
        await run({ query: 'query Viewer { viewer { ...Mail } } fragment Mail on Viewer { email }' }),
      ).toEqual(response);
    },
  );

  test.each(transports)('over %s: rejects any other document, and registers none', async (by) => {
    const run = (request: OperationRequest) => runOver[by]!(system.gatewayUrl, request, ada.accessToken);
    for (const query of ['{ viewer { email } }', '{ __typename }', '{ __schema { queryType { name } } }']) {
      const extensions = byHash(sha256(query));
      expect(codes((await run({ query })).errors)).toEqual(['FORBIDDEN']);
      expect(codes((await run({ query, extensions })).errors)).toEqual(['FORBIDDEN']);
      expect(codes((await run({ extensions })).errors)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    }
    for (const id of [`x:${sha256(VIEWER)}`, sha256(VIEWER).toUpperCase()]) {
      expect(codes((await run({ extensions: byHash(id) })).errors)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    }
  });

  test('resumes a subscription that was started by its id when the schema changes', async () => {
    const client = liveClient(system.gatewayUrl, ada.accessToken);
    const events: unknown[] = [];
    const extensions = byHash(sha256(WATCH));
    client.subscribe(
      { query: '', extensions },
      { next: (event) => void events.push(event), error: (error) => void events.push(error), complete() {} },
    );
    await eventually(
      () => openUpstreams(system.gatewayUrl),
      (open) => open === 1,
    );
    await supergraph.vary();
    await eventually(
      () => system.processes.gateway.logs(),
      (lines) => lines.some((line) => line.includes('the new supergraph is in use')),
    );
    const email = freshEmail();
    await addSubscriber(system.gatewayUrl, ada.accessToken, { email });
    await eventually(
      () => events,
      ({ length }) => length > 0,
    );
    expect(events).toEqual([{ data: { subscriberAdded: { subscriber: { email } } } }]);
    await client.dispose();
  });
});
