import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS, Public, TXN_TOKEN_HEADER } from '@kit/auth';
import { defineDatabase } from '@kit/database';
import { CONFIG, GRAPHQL_PATH } from '@kit/service';
import { Module } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { createEmptyDatabase } from '@supergraph/tools/test-postgres/database';
import { createClient, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';
import { defineSubgraph } from './define-subgraph.js';
import { runSubgraph } from './run-subgraph.js';
import { found, subgraph } from './testing/notes/subgraph.js';
import { STAMP_SECRET, withNotes } from './testing/with-notes.js';

const ADA = { viewer: { userId: 'ada', sessionId: 's1' }, scopes: new Set(['notes:read']) };
const ADD = 'mutation ($text: String!) { addNote(text: $text) { text } }';

describe('a subgraph', () => {
  const running = withNotes();
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(running.notes.origin + path, { headers });

  test('responds to the gateway, which names the caller', async () => {
    const { notes } = running;
    const { data } = await notes.request(ADD, { as: ADA, variables: { text: 'first' } });
    expect(data).toEqual({ addNote: { text: 'Hi, ada: first' } });
    expect((await notes.request('{ allNotes { text } }')).data).toEqual({
      allNotes: [{ text: 'Hi, ada: first' }],
    });
  });

  test('denies by default', async () => {
    const { errors } = await running.notes.request(ADD, { variables: { text: 'anonymous' } });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test('rejects callers without a token on the paths that only the gateway uses', async () => {
    expect(await running.notes.request('{ allNotes { text } }', { headers: {} })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNTRUSTED_CALLER' } }],
    });
    expect((await ask('/note-count')).status).toBe(401);
    const token = running.notes.tokenFor(ANONYMOUS);
    expect((await ask('/note-count', { [TXN_TOKEN_HEADER]: token })).status).toBe(200);
    expect(running.notes.log.filter((line) => line.includes('"path":"/note-count","status":200'))).toEqual(
      [],
    );
  });

  test('rejects callers without a token on a route with parameters', async () => {
    expect((await ask('/note-count/first')).status).toBe(401);
    const token = running.notes.tokenFor(ANONYMOUS);
    expect((await ask('/note-count/first', { [TXN_TOKEN_HEADER]: token })).status).toBe(200);
    expect(running.notes.log.some((line) => line.includes('"path":"/note-count/:text","status":200'))).toBe(
      true,
    );
  });

  test('sends events over WebSocket', async () => {
    const { notes } = running;
    const client = createClient({
      url: notes.origin.replace('http', 'ws') + GRAPHQL_PATH,
      webSocketImpl: WebSocket,
    });
    const events = client.iterate({
      query: 'subscription { noteAdded { text } }',
      extensions: { txnToken: notes.tokenFor(ADA) },
    });
    const first = events.next();
    const state = { arrived: false };
    void first.then(() => (state.arrived = true));
    // The subscription starts at an unknown time.
    while (!state.arrived) await notes.request(ADD, { as: ADA, variables: { text: 'live' } });
    expect(await first).toMatchObject({ value: { data: { noteAdded: { text: 'Hi, ada: live' } } } });
    await client.dispose();
  });

  test('is ready while its database and its own parts work, and shows its figures', async () => {
    const response = await ask('/health/ready');
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ready', checks: { database: 'up', paper: 'up' }, greeting: 'Hi' },
    ]);
  });

  test('starts its own work with an open database', () => {
    expect(found).toEqual([0]);
  });

  test('injects the configuration without the secrets of the kit', () => {
    const config = running.notes.app.get<Record<string, unknown>>(CONFIG);
    expect(config).toMatchObject({ GREETING: 'Hi', STAMP_SECRET, DATABASE_POOL_SIZE: 10 });
    for (const name of ['TXN_TOKEN_SECRET', 'CURSOR_SECRET']) expect(config).not.toHaveProperty(name);
  });
});

@Resolver()
class QuietResolver {
  @Query(() => String)
  @Public()
  quiet(): string {
    return 'yes';
  }
}

@Module({ providers: [QuietResolver] })
class QuietModule {}

test('a subgraph without subscriptions accepts no WebSocket', async () => {
  const testDatabase = await createEmptyDatabase();
  const quiet = await runSubgraph(
    defineSubgraph({
      database: defineDatabase({ name: 'quiet', entities: [], migrations: [] }),
      port: 4998,
      cursorSecret: () => STAMP_SECRET,
      modules: () => [QuietModule],
    }),
    { DATABASE_URL: testDatabase.url },
  );
  expect((await quiet.request('{ quiet }')).data).toEqual({ quiet: 'yes' });
  const socket = new WebSocket(
    quiet.origin.replace('http', 'ws') + GRAPHQL_PATH,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
  );
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toBe('Unexpected server response: 401');
  await quiet.close();
  await testDatabase.drop();
});

describe('the configuration of a subgraph', () => {
  const SECRET = 'a secret of a subgraph under test';
  const REQUIRED = {
    DATABASE_URL: 'postgres://127.0.0.1/notes',
    TXN_TOKEN_SECRET: SECRET,
    CURSOR_SECRET: SECRET,
    STAMP_SECRET,
  };

  test('has defaults that may depend on production', () => {
    expect(subgraph.readConfig(REQUIRED)).toMatchObject({ PORT: 4999, GREETING: 'Hi' });
    expect(subgraph.readConfig({ ...REQUIRED, NODE_ENV: 'production' }).GREETING).toBe('Dear');
  });

  test('is rejected with all faults of variables', () => {
    expect(() => subgraph.readConfig({ STAMP_SECRET: 'short' })).toThrow(
      [
        'The environment is not usable:',
        'DATABASE_URL is missing',
        'TXN_TOKEN_SECRET is missing',
        'CURSOR_SECRET is missing',
        'STAMP_SECRET is shorter than 32 bytes',
      ].join('\n  - '),
    );
  });

  test('is rejected with the faults of variables together', () => {
    expect(() => subgraph.readConfig({ ...REQUIRED, GREETING: 'Hey' })).toThrow('GREETING is too familiar');
  });
});
