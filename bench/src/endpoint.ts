import { Fault } from '@supergraph/tools/fault';
import { Pool } from 'undici';
import { type Caller, txnToken } from './txn-token.js';

/** HTTP connections that are kept open. */
export const CONNECTIONS = 32;
const RENEW_TOKEN_MS = 20_000;

/** How a caller authenticates: over HTTP, when a WebSocket opens, and with each operation on it. */
export interface Credentials {
  headers(): Record<string, string>;
  connectionInit(): Record<string, string>;
  extensions(): Record<string, string>;
}

const anonymous: Credentials = { headers: () => ({}), connectionInit: () => ({}), extensions: () => ({}) };

/** As a client calls the gateway. */
export function asViewer(accessToken: string): Credentials {
  const authorization = { authorization: `Bearer ${accessToken}` };
  return { ...anonymous, headers: () => authorization, connectionInit: () => authorization };
}

/** As the gateway calls a subgraph: for a user, or for an anonymous client. */
export function asGateway(subgraph: string, secret: string, caller?: Caller): Credentials {
  let token = '';
  let signedAt = -Infinity;
  const current = () => {
    if (Date.now() - signedAt > RENEW_TOKEN_MS) {
      signedAt = Date.now();
      token = txnToken(subgraph, secret, caller);
    }
    return token;
  };
  return {
    ...anonymous,
    headers: () => ({ 'txn-token': current() }),
    extensions: () => ({ txnToken: current() }),
  };
}

/** A GraphQL endpoint as one caller uses it. */
export class Endpoint {
  private readonly http: Pool;
  private readonly path: string;

  /** @param url `http://host:port/graphql` */
  constructor(
    readonly url: string,
    readonly credentials: Credentials = anonymous,
    connections = CONNECTIONS,
  ) {
    const { origin, pathname } = new URL(url);
    this.http = new Pool(origin, { connections });
    this.path = pathname;
  }

  get webSocketUrl(): string {
    return this.url.replace('http', 'ws');
  }

  /** @returns the body of any response */
  async post(operation: object): Promise<string> {
    const { body } = await this.http.request({
      method: 'POST',
      path: this.path,
      headers: { 'content-type': 'application/json', ...this.credentials.headers() },
      body: JSON.stringify(operation),
    });
    return body.text();
  }

  /** @throws Fault when the response has errors */
  async query<Data>(query: string, variables: object = {}): Promise<Data> {
    const text = await this.post({ query, variables });
    const { data, errors } = JSON.parse(text) as { data: Data; errors?: unknown };
    if (errors) throw new Fault(`${this.url}: ${text}`);
    return data;
  }

  /**
   * Adds a subscriber.
   * @param selection fields of the payload in addition to `created`
   */
  async add(email: string, selection = ''): Promise<void> {
    const { addSubscriber } = await this.query<{ addSubscriber: { created: boolean } }>(
      `mutation ($email: String!) { addSubscriber(input: { email: $email }) { created ${selection} } }`,
      { email },
    );
    if (!addSubscriber.created) throw new Fault(`${email} was not added`);
  }

  async close(): Promise<void> {
    await this.http.destroy();
  }
}
