import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from 'graphql-ws';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { liveClient, watch, type Watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, logIn, OWNER } from './harness/people.js';
import { FORM, MULTIPART, ONE_CLICK, ONE_CLICK_PART, PublicPages } from './harness/public-pages.js';

const CHANGED = `subscription {
  subscriberChanged(bookmarks: true) { kind subscriberId matches subscriber { email name status confirmedAt } }
}`;
const HISTORY = `query ($id: ID!) {
  subscriber(id: $id) {
    email name status consent { method ip text } history(first: 10) { nodes { kind source by { displayName } } }
  }
}`;

let pages: PublicPages;
let url: string;
let token: string;
let client: Client;
beforeAll(async () => {
  pages = await PublicPages.start();
  url = pages.system.gatewayUrl;
  token = (await logIn(url, OWNER.email, OWNER.password)).accessToken;
  client = liveClient(url, token);
});
afterAll(async () => {
  await client?.dispose();
  await pages?.stop();
});

/** Returns the payload of a mutation. */
async function mutate(
  field: string,
  input: object,
  selection: string,
  { asOwner = false, type = `${field[0]!.toUpperCase()}${field.slice(1)}Input` } = {},
) {
  const { data, text } = await post(
    url,
    `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code } } }`,
    { variables: { input }, ...(asOwner && { token }) },
  );
  if (!data?.[field]) throw new Error(`${field}: ${text}`);
  return data[field];
}

/** Runs a public mutation with the token of a link. */
function byLink(field: string, link: string, selection: string) {
  return mutate(field, { token: link.split('/')[2] }, selection, { type: 'SubscriptionTokenInput' });
}

/** Imports a file, and waits for the end. */
async function importFile(file: string) {
  const input = { fileName: 'list.csv' };
  const created = await mutate('createSubscriberImport', input, 'subscriberImport { id } uploadUrl', {
    asOwner: true,
  });
  const { pathname } = new URL(created.uploadUrl as string);
  expect((await pages.send('PUT', pathname, { body: file })).status).toBe(204);
  const query = `query ($id: ID!) { subscriberImport(id: $id) { status added suppressed rejected } }`;
  const variables = { id: created.subscriberImport.id };
  return eventually(
    async () => (await post(url, query, { token, variables })).data.subscriberImport,
    ({ status }) => status === 'FINISHED',
  );
}

/** The changes of one subscriber, as a watcher saw them. */
function changesOf({ events }: Pick<Watch, 'events'>, email: string) {
  const changes = events.map(({ data }) => data.subscriberChanged).filter(({ kind }) => kind !== null);
  const id = changes.find(({ subscriber }) => subscriber?.email === email)?.subscriberId;
  return changes.filter(({ subscriberId }) => subscriberId === id);
}

test('a person signs up, confirms, unsubscribes, is erased and stays away, and a watcher sees every change', async () => {
  const email = freshEmail('Whole.Life');
  const watching = watch(client, CHANGED);
  await watching.waitForEvents(1);
  const seen = (count: number) =>
    eventually(
      () => changesOf(watching, email),
      ({ length }) => length === count,
    );

  const input = { email, name: 'Ada', consentText: 'Yes, write to me.' };
  expect(await mutate('subscribe', input, 'accepted')).toEqual({ accepted: true, userErrors: [] });
  const { confirm, unsubscribe } = await pages.linksTo(email);
  const [added] = await seen(1);
  expect(added).toMatchObject({ kind: 'ADDED', subscriber: { email, name: 'Ada', status: 'PENDING' } });

  // A scanner of the mail server opens every link.
  for (const link of [confirm, unsubscribe]) {
    for (const method of ['GET', 'HEAD', 'GET']) expect((await pages.send(method, link)).status).toBe(200);
  }
  expect(await pages.subscriber(email)).toMatchObject({ status: 'PENDING' });
  for (const _ of [1, 2]) expect((await pages.send('POST', confirm, { headers: FORM })).status).toBe(200);
  expect((await seen(2))[1]).toMatchObject({
    kind: 'CONFIRMED',
    subscriber: { status: 'ACTIVE', confirmedAt: expect.any(String) },
  });

  const { source } = await pages.mailTo(email);
  expect(source).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  expect(source.replaceAll('\r\n ', ' ')).toContain(
    `List-Unsubscribe: <https://list.example.com${unsubscribe}>`,
  );
  await pages.send('GET', unsubscribe);
  expect(await pages.subscriber(email)).toMatchObject({ status: 'ACTIVE' });
  for (const request of [
    {},
    { body: ONE_CLICK, headers: FORM },
    { body: ONE_CLICK_PART, headers: MULTIPART },
    { body: ONE_CLICK, headers: FORM },
  ]) {
    const { status, text } = await pages.send('POST', unsubscribe, request);
    expect([status, text]).toEqual([200, expect.stringContaining('You are unsubscribed')]);
  }
  expect(await byLink('unsubscribe', unsubscribe, 'unsubscribed')).toEqual({
    unsubscribed: true,
    userErrors: [],
  });
  expect((await seen(3))[2]).toMatchObject({ kind: 'UNSUBSCRIBED', subscriber: { status: 'UNSUBSCRIBED' } });
  expect(await byLink('confirmSubscription', confirm, 'confirmed')).toEqual({
    confirmed: false,
    userErrors: [{ code: 'INVALID_TOKEN' }],
  });

  const id = added!.subscriberId as string;
  expect(await addSubscriber(url, token, { email })).toMatchObject({
    userErrors: [{ code: 'SUPPRESSED', existing: { id } }],
  });
  for (const _ of [1, 2]) {
    expect(await mutate('eraseSubscriber', { id }, 'subscriber { status }', { asOwner: true })).toEqual({
      subscriber: { status: 'ERASED' },
      userErrors: [],
    });
  }
  expect((await pages.send('POST', unsubscribe)).status).toBe(200);
  expect(await addSubscriber(url, token, { email })).toMatchObject({
    subscriber: null,
    userErrors: [{ code: 'SUPPRESSED', existing: null }],
  });
  const other = freshEmail('other');
  expect(await importFile(`email\n${email.toUpperCase()}\n${other}\n`)).toEqual({
    status: 'FINISHED',
    added: 1,
    suppressed: 1,
    rejected: 0,
  });
  expect(await pages.subscriber(email)).toBeNull();
  const kinds = ['ADDED', 'CONFIRMED', 'UNSUBSCRIBED', 'ERASED'];
  const changes = await seen(4);
  expect(changes.map(({ kind }) => kind)).toEqual(kinds);
  // Lists leave erased subscribers out.
  expect(changes[3]).toMatchObject({ matches: false, subscriber: null });
  const { data } = await post(url, HISTORY, { token, variables: { id } });
  const { history, ...subscriber } = data.subscriber;
  expect(subscriber).toEqual({ email: null, name: null, status: 'ERASED', consent: null });
  const nodes = history.nodes as { kind: string; source: string; by: object | null }[];
  expect(nodes.map(({ kind }) => kind)).toEqual(kinds.toReversed());
  expect(nodes.map(({ source, by }) => [source, by !== null])).toEqual([
    ['USER', true],
    ['FORM', false],
    ['FORM', false],
    ['FORM', false],
  ]);

  // The person can come back, as a new subscriber.
  for (const _ of [1, 2]) await mutate('subscribe', { email }, 'accepted');
  const later = freshEmail('later');
  await mutate('subscribe', { email: later }, 'accepted');
  await pages.mailTo(later);
  const [, mail, ...more] = pages.smtp.to(email);
  expect(more).toEqual([]);
  expect(await pages.subscriber(email)).toBeNull();
  const again = new URL(/https:\S+\/confirm\/[\w-]+/.exec(mail!.text)![0]).pathname;
  expect((await pages.send('POST', again)).status).toBe(200);
  const events = await eventually(
    () => watching.events.filter(({ data: event }) => event.subscriberChanged.subscriber?.email === email),
    (found) => found.at(-1)?.data.subscriberChanged.kind === 'CONFIRMED',
  );
  expect(events.at(-1)!.data.subscriberChanged).toMatchObject({
    subscriberId: expect.not.stringContaining(id),
    subscriber: { status: 'ACTIVE' },
  });
});
