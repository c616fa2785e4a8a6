import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { ADDED_WITH_TIME, closeAll, emailsOf, seenAll, watchAdditions } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { ask, liveClient, openUpstreams } from './harness/live-client.js';
import { addSomebody, newPerson, type Person } from './harness/people.js';
import { SupergraphCopy } from './harness/supergraph-copy.js';
import {
  aheadOfSubgraphs,
  whole,
  withAnotherRequest,
  withoutCreatedAt,
  withoutSharing,
  withoutTime,
} from './harness/supergraph-edits.js';
import { SupergraphReloads } from './harness/supergraph-reloads.js';
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
  await closeAll();
  await reloads.to(whole);
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

const add = () => addSomebody(url, ada.accessToken, 'reload');

describe('a new supergraph that accepts a live operation', () => {
  test('is not noticed by its watchers, and what is new can be queried', async () => {
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
    await seenAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
    // Who comes now shares the room of before.
    const other = await watchAdditions(url, ada);
    sent.push(await add());
    await Promise.all([seenAll(watching, sent), seenAll(other, sent.slice(-1))]);
    expect([emailsOf(watching), emailsOf(other)]).toEqual([sent, sent.slice(-1)]);
  });

  test('has its upstream asked for something else, from the last event on', async () => {
    const watching = await watchAdditions(url, ada);
    const sent = [await add()];
    await seenAll(watching, sent);
    await reloads.to(withAnotherRequest);
    sent.push(await add());
    await reloads.to(whole);
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });

  test('may be there before its subgraphs are: watchers wait, and miss nothing', async () => {
    const watching = await watchAdditions(url, ada);
    const sent = [await add()];
    await seenAll(watching, sent);
    await reloads.to(aheadOfSubgraphs);
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
    await reloads.to(whole);
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});

describe('a new supergraph that does not accept a live operation', () => {
  test('ends that operation with SUBSCRIPTION_SCHEMA_RELOAD and nothing else on its socket', async () => {
    const doomed = await watchAdditions(url, ada, ADDED_WITH_TIME);
    const other = await watchAdditions(url, ada, undefined, doomed.client);
    const sent = [await add()];
    await Promise.all([seenAll(doomed, sent), seenAll(other, sent)]);
    await reloads.to(withoutTime);
    expect(await doomed.waitForEnd()).toEqual([
      {
        message: expect.stringContaining('Cannot query field "occurredAt"'),
        extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
      },
    ]);
    sent.push(await add());
    await seenAll(other, sent);
    expect([emailsOf(doomed), emailsOf(other), other.end]).toEqual([sent.slice(0, 1), sent, {}]);
    expect(await ask(doomed.client, '{ viewer { user { displayName } } }')).toEqual({
      data: { viewer: { user: { displayName: 'Ada' } } },
    });
    expect(doomed.closes()).toBe(0);
  });

  test('or lets it share with others than before, has its clients come back', async () => {
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

describe('a file that is no supergraph', () => {
  test.each([
    ['empty', ''],
    ['half written', whole.slice(0, whole.length / 2)],
    [
      'half written, up to the end of a definition',
      whole.slice(0, whole.indexOf('\n"""A person on the list')),
    ],
    ['no GraphQL', '<html>'],
    ['of a subgraph without an address', whole.replace('name: "users"', 'name: "strangers"')],
    [
      'linking a specification that we do not enforce',
      whole.replace(
        '{\n  query',
        '  @link(url: "https://example.com/secret/v1.0", for: SECURITY)\n{\n  query',
      ),
    ],
    ['missing', null],
  ])('is refused, once, and the one before serves: %s', async (_, text) => {
    const watching = await watchAdditions(url, ada);
    const [before, takenBefore] = [reloads.refused, reloads.taken];
    if (text === null) await rm(supergraph.file);
    else await supergraph.put(text);
    await eventually(
      () => reloads.refused,
      (now) => now > before,
    );
    await delay(6 * POLL_MS);
    expect(reloads.refused).toBe(before + 1);
    const sent = [await add()];
    await seenAll(watching, sent);
    await supergraph.put(withoutCreatedAt);
    await eventually(
      () => reloads.taken,
      (now) => now === takenBefore + 1,
    );
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emailsOf(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});
