import { signTxnToken, TXN_TOKEN_HEADER, txnTokenKey } from '@kit/auth';
import { createLogger } from '@kit/service';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { subgraph } from '../subgraph.js';

const SECRET = 'a secret of the gateway and this subgraph';
const VIEWER = {
  userId: '0199d0a0-0000-7000-8000-00000000000e',
  sessionId: '0199d0a0-0000-7000-8000-000000000001',
};

let database: TestDatabase | undefined;
let app: NestFastifyApplication | undefined;
beforeAll(async () => {
  database = await createTestDatabase('$name');
  const config = subgraph.readConfig({
    DATABASE_URL: database.url,
    TXN_TOKEN_SECRET: SECRET,
    CURSOR_SECRET: 'cursors are signed with this in tests',
  });
  app = await subgraph.create(config, createLogger('$name', 'silent'));
  await app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** Sends a request as the gateway does for the viewer. */
const request = async (query: string, variables: object = {}) => {
  const token = signTxnToken({ viewer: VIEWER, scopes: new Set() }, '$name', txnTokenKey(SECRET));
  const response = await fetch(`${await app!.getUrl()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [TXN_TOKEN_HEADER]: token },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
};

const ADD = `mutation ($text: String!) {
  add$Item(input: { text: $text }) { $item { text author { id } } userErrors { code field } }
}`;

describe('$words', () => {
  test('are added with their author, and listed newest first', async () => {
    await request(ADD, { text: 'first' });
    expect(await request(ADD, { text: ' second ' })).toEqual({
      data: { add$Item: { $item: { text: 'second', author: { id: VIEWER.userId } }, userErrors: [] } },
    });
    expect(await request('{ $items(first: 2) { nodes { text } pageInfo { hasNextPage } } }')).toEqual({
      data: { $items: { nodes: [{ text: 'second' }, { text: 'first' }], pageInfo: { hasNextPage: false } } },
    });
  });

  test('are not added without a text', async () => {
    expect(await request(ADD, { text: ' ' })).toEqual({
      data: {
        add$Item: { $item: null, userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'text'] }] },
      },
    });
  });
});
