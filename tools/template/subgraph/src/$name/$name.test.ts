import { type RunningSubgraph, runSubgraph } from '@kit/subgraph';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { subgraph } from '../subgraph.js';

const VIEWER = {
  userId: '0199d0a0-0000-7000-8000-00000000000e',
  sessionId: '0199d0a0-0000-7000-8000-000000000001',
};

let database: TestDatabase | undefined;
let running: RunningSubgraph | undefined;
beforeAll(async () => {
  database = await createTestDatabase('$name');
  running = await runSubgraph(subgraph, { DATABASE_URL: database.url });
});
afterAll(async () => {
  await running?.close();
  await database?.drop();
});

/** Sends a request as the gateway does for the viewer. */
const request = async (query: string, variables: object = {}) => {
  const { data, errors } = await running!.request(query, {
    variables,
    as: { viewer: VIEWER, scopes: new Set() },
  });
  return errors ? { data, errors } : { data };
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
