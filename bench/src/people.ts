import { randomUUID } from 'node:crypto';
import type { Caller } from './txn-token.js';

/** Somebody who is logged in and may add subscribers. */
export interface Editor extends Caller {
  readonly accessToken: string;
}

/** What somebody logs in with. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

/** For users in production, where nobody registers unless these say so. */
export const OPEN_REGISTRATION = { REGISTRATION: 'open', DEFAULT_ROLE: 'EDITOR' };

/** Registers somebody at a running system and logs them in. */
export async function newEditor(gatewayUrl: string): Promise<Editor> {
  return logIn(gatewayUrl, await newAccount(gatewayUrl));
}

export async function newAccount(gatewayUrl: string): Promise<Account> {
  const account = { email: `bench-${randomUUID()}@example.com`, password: randomUUID() };
  await send(gatewayUrl, {
    query: 'mutation ($input: RegisterInput!) { register(input: $input) { accepted } }',
    variables: { input: { ...account, displayName: 'Bench' } },
  });
  return account;
}

/** @throws when the login is refused, for whatever reason */
export async function logIn(gatewayUrl: string, account: Account): Promise<Editor> {
  const { login } = await send<{ login: { tokens: { accessToken: string }; viewer: { scopes: string[] } } }>(
    gatewayUrl,
    {
      query:
        'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } viewer { scopes } } }',
      variables: { input: account },
    },
  );
  const { accessToken } = login.tokens;
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
    sub: string;
    sid: string;
  };
  return { accessToken, userId: claims.sub, sessionId: claims.sid, scopes: login.viewer.scopes };
}

export async function addSubscribers(gatewayUrl: string, accessToken: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await send(
      gatewayUrl,
      {
        query: 'mutation ($email: String!) { addSubscriber(input: { email: $email }) { created } }',
        variables: { email: `subscriber-${randomUUID()}@example.com` },
      },
      { authorization: `Bearer ${accessToken}` },
    );
  }
}

async function send<Data>(url: string, request: object, headers: Record<string, string> = {}): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
