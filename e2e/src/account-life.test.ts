import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMailFolder } from '@supergraph/tools/mail-folder';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { freshEmail, OWNER } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const FIRST_PASSWORD = 'the first of three passwords';
const SECOND_PASSWORD = 'the second of three passwords';
const THIRD_PASSWORD = 'the third and last password';

let folder: string;
let system: System;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mail-'));
  system = await startTestSystem({
    env: {
      users: {
        MAIL_FOLDER: folder,
        REQUIRE_VERIFIED_EMAIL: 'true',
      },
    },
  });
  url = system.gatewayUrl;
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What the field of a mutation answers. */
async function mutate(
  field: string,
  input: object,
  selection: string,
  who: { token?: string; device?: string } = {},
) {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code } } }`;
  const { data, text } = await post(url, query, {
    variables: { input },
    ...(who.token !== undefined && { token: who.token }),
    ...(who.device !== undefined && { headers: { 'user-agent': who.device } }),
  });
  if (!data?.[field]) throw new Error(`${field}: ${text}`);
  return data[field];
}

async function logIn(email: string, password: string, device: string): Promise<Tokens> {
  const { tokens, userErrors } = await mutate(
    'login',
    { email, password },
    'tokens { accessToken refreshToken }',
    { device },
  );
  expect(userErrors).toEqual([]);
  return tokens;
}

async function logInFails(email: string, password: string): Promise<string[]> {
  const { tokens, userErrors } = await mutate('login', { email, password }, 'tokens { accessToken }');
  expect(tokens).toBeNull();
  return (userErrors as { code: string }[]).map(({ code }) => code);
}

/** The token in the newest mail to this address, as soon as there are so many. */
async function tokenMailedTo(email: string, mails: number): Promise<string> {
  const received = await eventually(
    async () => (await readMailFolder(folder)).filter(({ to }) => to === email),
    ({ length }) => length >= mails,
  );
  expect(received).toHaveLength(mails);
  return received.at(-1)!.token!;
}

const isRefused = async ({ accessToken: token }: Tokens) =>
  codesOf(await post(url, '{ __typename }', { token })).includes('UNAUTHENTICATED');

test('an account lives: register, verify, two devices, revoke one, change the password, reset it, get roles', async () => {
  const email = freshEmail('grace');

  const registration = { email, password: FIRST_PASSWORD, displayName: 'Grace' };
  expect(await mutate('register', registration, 'accepted')).toEqual({ accepted: true, userErrors: [] });
  expect(await logInFails(email, FIRST_PASSWORD)).toEqual(['EMAIL_NOT_VERIFIED']);
  const verification = { token: await tokenMailedTo(email, 1) };
  expect((await mutate('verifyEmail', verification, '')).userErrors).toEqual([]);

  const phone = await logIn(email, FIRST_PASSWORD, 'Phone');
  const laptop = await logIn(email, FIRST_PASSWORD, 'Laptop');
  const { data } = await post(
    url,
    '{ viewer { user { id roles } sessions(first: 10) { nodes { id userAgent ip current } } } }',
    { token: laptop.accessToken },
  );
  const sessions = data.viewer.sessions.nodes as { id: string; userAgent: string }[];
  expect(sessions).toHaveLength(2);
  expect(sessions).toEqual(
    expect.arrayContaining([
      { id: expect.any(String), userAgent: 'Phone', ip: '127.0.0.1', current: false },
      { id: expect.any(String), userAgent: 'Laptop', ip: '127.0.0.1', current: true },
    ]),
  );

  const client = liveClient(url, phone.accessToken);
  const watching = watch(client, 'subscription { subscriberAdded(bookmarks: true) { cursor } }');
  await watching.waitForEvents(1);
  const lost = sessions.filter(({ userAgent }) => userAgent === 'Phone').map(({ id }) => id);
  expect(await mutate('revokeSessions', { ids: lost }, 'revoked', { token: laptop.accessToken })).toEqual({
    revoked: 1,
    userErrors: [],
  });
  expect(await watching.waitForEnd()).toMatchObject({ code: 4403 });
  await client.dispose();
  await eventually(() => isRefused(phone), Boolean);
  expect(await isRefused(laptop)).toBe(false);

  const change = { currentPassword: FIRST_PASSWORD, newPassword: SECOND_PASSWORD };
  const changed = await mutate('changePassword', change, 'tokens { accessToken refreshToken }', {
    token: laptop.accessToken,
  });
  expect(changed.userErrors).toEqual([]);
  expect(await logInFails(email, FIRST_PASSWORD)).toEqual(['INVALID_CREDENTIALS']);

  expect(await mutate('requestPasswordReset', { email }, 'accepted')).toEqual({
    accepted: true,
    userErrors: [],
  });
  const reset = { token: await tokenMailedTo(email, 2), newPassword: THIRD_PASSWORD };
  expect((await mutate('resetPassword', reset, '')).userErrors).toEqual([]);
  await eventually(() => isRefused(changed.tokens), Boolean);
  expect(await logInFails(email, SECOND_PASSWORD)).toEqual(['INVALID_CREDENTIALS']);
  const tablet = await logIn(email, THIRD_PASSWORD, 'Tablet');

  const owner = await logIn(OWNER.email, OWNER.password, 'Desk');
  const roles = { userId: data.viewer.user.id as string, roles: ['READER'] };
  expect((await mutate('setUserRoles', roles, 'user { roles }', { token: owner.accessToken })).user).toEqual({
    roles: ['READER'],
  });
  const refreshed = await mutate(
    'refreshSession',
    { refreshToken: tablet.refreshToken },
    'tokens { accessToken }',
  );
  const seen = await post(url, '{ viewer { scopes } }', { token: refreshed.tokens.accessToken });
  expect(seen.data.viewer.scopes).toEqual(['users:read', 'subscribers:read']);
});
