import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { codesOf, post } from './harness/http.js';
import { freshEmail, logIn, newPerson, PASSWORD } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let system: TestSystem;
let url: string;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
});
afterAll(() => system?.stop());

const VIEWER = '{ viewer { user { id displayName email roles } email scopes currentSession { current } } }';
const REFRESH = `mutation ($token: String!) {
  refreshSession(input: { refreshToken: $token }) { tokens { accessToken refreshToken } userErrors { code } }
}`;
const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { tokens { accessToken } viewer { email } userErrors { code message field } }
}`;

describe('accounts', () => {
  test('registers, logs in, and reads its own data', async () => {
    const ada = await newPerson(url, 'Ada Lovelace');
    const { data, errors } = await post(url, VIEWER, { token: ada.accessToken });
    expect(errors).toBeUndefined();
    expect(data.viewer).toEqual({
      user: { id: ada.userId, displayName: 'Ada Lovelace', email: ada.email, roles: ['EDITOR'] },
      email: ada.email,
      scopes: ['users:read', 'subscribers:read', 'subscribers:write'],
      currentSession: { current: true },
    });
  });

  test('has no viewer for an anonymous caller', async () => {
    const { status, data, errors } = await post(url, VIEWER);
    expect({ status, data, errors }).toEqual({ status: 200, data: { viewer: null }, errors: undefined });
  });

  test('gives the same response for a known address, and changes nothing', async () => {
    const ada = await newPerson(url);
    const { data } = await post(
      url,
      'mutation ($input: RegisterInput!) { register(input: $input) { accepted userErrors { code } } }',
      {
        variables: {
          input: { email: ada.email.toUpperCase(), password: 'another password', displayName: 'Eve' },
        },
      },
    );
    expect(data.register).toEqual({ accepted: true, userErrors: [] });
    await expect(logIn(url, ada.email)).resolves.toMatchObject({ userId: ada.userId });
  });

  test('gives the same response for an unknown address and a wrong password', async () => {
    const ada = await newPerson(url);
    const wrong = await post(url, LOGIN, { variables: { email: ada.email, password: 'not the password' } });
    const unknown = await post(url, LOGIN, { variables: { email: freshEmail(), password: PASSWORD } });
    expect(wrong.data).toEqual(unknown.data);
    expect(wrong.data.login).toMatchObject({
      tokens: null,
      viewer: null,
      userErrors: [{ code: 'INVALID_CREDENTIALS' }],
    });
  });

  test('replaces a refresh token, repeats the new one after a lost response, and revokes the session on later reuse', async () => {
    const ada = await newPerson(url);
    const first = await post(url, REFRESH, { variables: { token: ada.refreshToken } });
    const { accessToken, refreshToken } = first.data.refreshSession.tokens;
    expect((await post(url, VIEWER, { token: accessToken })).data.viewer.user.id).toBe(ada.userId);

    const again = await post(url, REFRESH, { variables: { token: ada.refreshToken } });
    expect(again.data.refreshSession.tokens.refreshToken).toBe(refreshToken);
    const next = await post(url, REFRESH, { variables: { token: refreshToken } });
    expect(next.data.refreshSession.tokens).not.toBeNull();

    await withClient(system.databaseUrls.users!, (client) =>
      client.query(
        `UPDATE sessions SET used_up_at = ARRAY[now() - interval '9 seconds', now() - interval '10 seconds'] WHERE user_id = $1`,
        [ada.userId],
      ),
    );
    const stolen = await post(url, REFRESH, { variables: { token: ada.refreshToken } });
    expect(stolen.data.refreshSession).toEqual({ tokens: null, userErrors: [{ code: 'TOKEN_REUSED' }] });
    const mine = await post(url, REFRESH, {
      variables: { token: next.data.refreshSession.tokens.refreshToken },
    });
    expect(mine.data.refreshSession).toEqual({ tokens: null, userErrors: [{ code: 'INVALID_TOKEN' }] });
  });

  test('refreshes one token in three tabs at once, and each tab stays logged in', async () => {
    const ada = await newPerson(url);
    const refresh = async (token: string) => {
      const { data } = await post(url, REFRESH, { variables: { token } });
      expect(data.refreshSession).toMatchObject({ tokens: {}, userErrors: [] });
      return data.refreshSession.tokens as { accessToken: string; refreshToken: string };
    };
    const tabs = await Promise.all([1, 2, 3].map(() => refresh(ada.refreshToken)));
    for (const { accessToken } of tabs) {
      expect((await post(url, VIEWER, { token: accessToken })).data.viewer.user.id).toBe(ada.userId);
    }
    const newest = await refresh(tabs[0]!.refreshToken);
    const late = await refresh(ada.refreshToken);
    expect(late.refreshToken).toBe(newest.refreshToken);
    for (const { refreshToken } of [...tabs, late]) await refresh(refreshToken);
  });

  test('has no viewer and cannot refresh after logout', async () => {
    const ada = await newPerson(url);
    const { data } = await post(url, 'mutation { logout { revoked userErrors { code } } }', {
      token: ada.accessToken,
    });
    expect(data.logout).toEqual({ revoked: 1, userErrors: [] });
    // Users returns no viewer at once. The gateway rejects the token when it has read the revocation feed.
    expect((await post(url, VIEWER, { token: ada.accessToken })).data?.viewer ?? null).toBeNull();
    const refreshed = await post(url, REFRESH, { variables: { token: ada.refreshToken } });
    expect(refreshed.data.refreshSession.userErrors).toEqual([{ code: 'INVALID_TOKEN' }]);
  });

  test('requires a logged-in viewer for logout', async () => {
    const response = await post(url, 'mutation { logout { revoked } }');
    expect(response.data).toEqual({ logout: null });
    expect(codesOf(response)).toEqual(['UNAUTHENTICATED']);
  });

  test('logs no password, token or address', async () => {
    const ada = await newPerson(url);
    await post(url, VIEWER, { token: ada.accessToken });
    const log = Object.values(system.processes)
      .flatMap((service) => service.logs())
      .join('\n');
    expect(log).toContain('"msg":"request"');
    for (const secret of [
      PASSWORD,
      ada.accessToken,
      ada.refreshToken,
      ada.email,
      ...Object.values(system.secrets),
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});
