import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { logIn, OWNER, streamCursor } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const ROWS = 1_000;

const CREATE = `mutation ($input: CreateSubscriberImportInput!) {
  createSubscriberImport(input: $input) { subscriberImport { id } uploadUrl userErrors { message } }
}`;
const PROGRESS = `subscription ($id: ID!) {
  subscriberImportProgress(id: $id) { status rowsRead added rejected }
}`;
const ADDED = `subscription ($after: String, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, filter: $filter) { subscriber { email name addedBy { displayName } } }
}`;

let system: System;
let token: string;
let client: Client;
beforeAll(async () => {
  system = await startTestSystem();
  token = (await logIn(system.gatewayUrl, OWNER.email, OWNER.password)).accessToken;
  client = liveClient(system.gatewayUrl, token);
});
afterAll(async () => {
  await client?.dispose();
  await system?.stop();
});

describe('an import', () => {
  test('goes through the gateway, shows its progress, and watchers see its subscribers', async () => {
    const url = system.gatewayUrl;
    const domain = `${randomUUID()}.example`;
    const people = Array.from({ length: ROWS }, (_, n) => ({
      email: `user${n}@${domain}`,
      name: `User ${n}`,
    }));
    const after = await streamCursor(url, token);
    const added = watch(client, ADDED, { after, filter: { query: domain } });

    const { data } = await post(url, CREATE, { token, variables: { input: { fileName: 'list.csv' } } });
    const { subscriberImport, uploadUrl, userErrors } = data.createSubscriberImport;
    expect(userErrors).toEqual([]);
    const progress = watch(client, PROGRESS, { id: subscriberImport.id });
    await progress.waitForEvents(1);
    const upload = (body: string) =>
      fetch(new URL(new URL(uploadUrl as string).pathname, url), { method: 'PUT', body });
    const lines = people.map(({ email, name }) => `${email},${name}\n`);
    expect((await upload(`email,name\n${lines.join('')}bad,\n`)).status).toBe(204);
    expect((await upload('email\n')).status).toBe(404);

    expect(await progress.waitForEnd()).toBe('complete');
    const states = progress.events.map((event) => event.data.subscriberImportProgress);
    expect(states[0]).toEqual({ status: 'WAITING_FOR_FILE', rowsRead: 0, added: 0, rejected: 0 });
    expect(states.at(-1)).toEqual({ status: 'FINISHED', rowsRead: ROWS + 1, added: ROWS, rejected: 1 });

    const list = await post(
      url,
      `query ($filter: SubscriberFilter) { subscribers(first: 1, filter: $filter) {
         nodes { status source } totalCount { value precision } } }`,
      { token, variables: { filter: { query: domain } } },
    );
    expect(list.data.subscribers).toEqual({
      nodes: [{ status: 'ACTIVE', source: 'IMPORT' }],
      totalCount: { value: ROWS, precision: 'EXACT' },
    });

    const events = await added.waitForEvents(ROWS);
    const seen = events.map((event) => event.data.subscriberAdded.subscriber);
    const addedBy = { displayName: expect.any(String) };
    expect(seen).toHaveLength(ROWS);
    expect(seen).toEqual(expect.arrayContaining(people.map((person) => ({ ...person, addedBy }))));
    added.stop();
  });
});
