import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { ADDED_WITH_TIME, closeClients, emailsOf, waitForAll, watchAdditions } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { execute, liveClient, openUpstreams } from './harness/live-client.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
import {
  SupergraphCopy,
  aheadOfSubgraphs,
  whole,
  withAnotherRequest,
  withoutCreatedAt,
  withoutSharing,
  withoutTime,
  SupergraphReloads,
} from './harness/supergraph-file.js';
import { startTestSystem } from './harness/test-system.js';

const POLL_MS = 50;

let supergraph: SupergraphCopy;
let system: System;
let reloads: SupergraphReloads;
let url: string;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  system = await startTestSystem({
    env: { gateway: { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: String(POLL_MS) } },
  });
  reloads = new SupergraphReloads(system, supergraph);
  url = system.gatewayUrl;
  [ada, bob] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Bob')]);
});
afterEach(async () => {
  await closeClients();
  await reloads.to(whole);
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

const add = () => addRandomSubscriber(url, ada.accessToken, 'reload');

describe('a new supergraph that accepts a subscription', () => {
  test('interrupts no watcher, and its new fields can be queried', async () => {
    await reloads.to(withoutCreatedAt);
    const createdAt = () =>
      post(url, `{ user(id: "${ada.userId}") { createdAt } }`, { token: ada.accessToken });
    expect((await createdAt()).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const watching = await watchAdditions(url, bob);
    const sent = [await add()];
    await reloads.to(whole);
    const { data } = await createdAt();
    expect(data.user.createdAt).toEqual(expect.any(String));
    sent.push(await add(), await add());
    await waitForAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
    // A new watcher shares the existing room.
    const other = await watchAdditions(url, ada);
    sent.push(await add());
    await Promise.all([waitForAll(watching, sent), waitForAll(other, sent.slice(-1))]);
    expect([emailsOf(watching), emailsOf(other)]).toEqual([sent, sent.slice(-1)]);
  });

  test('changes the upstream request, and resumes after the last event', async () => {
    const watching = await watchAdditions(url, ada);
    const sent = [await add()];
    await waitForAll(watching, sent);
    await reloads.to(withAnotherRequest);
    sent.push(await add());
    await reloads.to(whole);
    sent.push(await add());
    await waitForAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });

  test('may arrive before its subgraphs are deployed, and costs no event', async () => {
    const watching = await watchAdditions(url, ada);
    const sent = [await add()];
    await waitForAll(watching, sent);
    await reloads.to(aheadOfSubgraphs);
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
    await reloads.to(whole);
    sent.push(await add());
    await waitForAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});

describe('a new supergraph that rejects a subscription', () => {
  test('ends it with SUBSCRIPTION_SCHEMA_RELOAD, but no other operation of its socket', async () => {
    const ending = await watchAdditions(url, ada, ADDED_WITH_TIME);
    const other = await watchAdditions(url, ada, undefined, ending.client);
    const sent = [await add()];
    await Promise.all([waitForAll(ending, sent), waitForAll(other, sent)]);
    await reloads.to(withoutTime);
    expect(await ending.waitForEnd()).toEqual([
      {
        message: expect.stringContaining('Cannot query field "occurredAt"'),
        extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
      },
    ]);
    sent.push(await add());
    await waitForAll(other, sent);
    expect([emailsOf(ending), emailsOf(other), other.end]).toEqual([sent.slice(0, 1), sent, {}]);
    expect(await execute(ending.client, '{ viewer { user { displayName } } }')).toEqual({
      data: { viewer: { user: { displayName: 'Ada' } } },
    });
    expect(ending.closes()).toBe(0);
  });

  test('disconnects its clients when the audience of the field changes', async () => {
    const client = liveClient(url, bob.accessToken, 5);
    const watching = await watchAdditions(url, bob, undefined, client);
    let reason: unknown;
    client.on('closed', (event) => (reason = event));
    await reloads.to(withoutSharing);
    await eventually(watching.closes, (closes) => closes === 1);
    expect(reason).toMatchObject({ code: 1013, reason: 'SUBSCRIPTION_LAGGED' });
    await watching.waitForEvents(2);
    const email = await add();
    await eventually(
      () => emailsOf(watching),
      (seen) => seen.includes(email),
    );
  });
});

describe('an invalid supergraph file', () => {
  test.each([
    ['empty', ''],
    ['half written', whole.slice(0, whole.length / 2)],
    [
      'half written, up to the end of a definition',
      whole.slice(0, whole.indexOf('\n"""A person on the list')),
    ],
    ['not GraphQL', '<html>'],
    ['without the address of a subgraph', whole.replace('name: "users"', 'name: "strangers"')],
    [
      'with a security specification that the gateway does not enforce',
      whole.replace(
        '{\n  query',
        '  @link(url: "https://example.com/secret/v1.0", for: SECURITY)\n{\n  query',
      ),
    ],
    ['missing', null],
  ])('is rejected once, and the previous one stays: %s', async (_, text) => {
    const watching = await watchAdditions(url, ada);
    const [before, loadedBefore] = [reloads.rejected, reloads.loaded];
    if (text === null) await rm(supergraph.file);
    else await supergraph.put(text);
    await eventually(
      () => reloads.rejected,
      (now) => now > before,
    );
    await delay(6 * POLL_MS);
    expect(reloads.rejected).toBe(before + 1);
    const sent = [await add()];
    await waitForAll(watching, sent);
    await supergraph.put(withoutCreatedAt);
    await eventually(
      () => reloads.loaded,
      (now) => now === loadedBefore + 1,
    );
    sent.push(await add());
    await waitForAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});
