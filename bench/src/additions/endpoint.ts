import { Fault } from '@supergraph/tools/fault';
import { Pool } from 'undici';
import { type Caller, txnToken } from '../txn-token.js';

const CONNECTIONS = 16;
const RESIGN_EVERY_MS = 20_000;

/** How a caller shows who they are: over HTTP, when a socket opens, and with each operation on it. */
export interface Credentials {
  headers(): Record<string, string>;
  connectionInit(): Record<string, string>;
  extensions(): Record<string, string>;
}

/** As a client calls the gateway. */
export function asViewer(accessToken: string): Credentials {
  const authorization = { authorization: `Bearer ${accessToken}` };
  return { headers: () => authorization, connectionInit: () => authorization, extensions: () => ({}) };
}

/** As the gateway calls a subgraph for somebody. */
export function asGateway(subgraph: string, secret: string, caller: Caller): Credentials {
  let token = '';
  let signedAt = -Infinity;
  // Good for 40 seconds or more.
  const current = () => {
    if (Date.now() - signedAt > RESIGN_EVERY_MS) {
      signedAt = Date.now();
      token = txnToken(subgraph, secret, caller);
    }
    return token;
  };
  return {
    headers: () => ({ 'txn-token': current() }),
    connectionInit: () => ({}),
    extensions: () => ({ txnToken: current() }),
  };
}

/** A GraphQL address, as one person uses it who adds subscribers: the gateway's, or email-subscriptions'. */
export class Endpoint {
  private readonly http: Pool;

  /** @param url `http://host:port/graphql` */
  constructor(
    private readonly url: string,
    readonly credentials: Credentials,
    connections = CONNECTIONS,
  ) {
    this.http = new Pool(new URL(url).origin, { connections });
  }

  get webSocketUrl(): string {
    return this.url.replace('http', 'ws');
  }

  /** @param selection what the answer is to hold besides `created` */
  async add(email: string, selection = ''): Promise<void> {
    const answer = await this.send(
      `mutation ($email: String!) { addSubscriber(input: { email: $email }) { created ${selection} } }`,
      { email },
    );
    if (!answer.includes('"created":true')) throw new Fault(`${email} was not added: ${answer}`);
  }

  /** The position of the stream now, as lists hand it out. */
  async streamCursor(): Promise<string> {
    const answer = await this.send('{ subscribers(first: 1) { streamCursor } }');
    const { data } = JSON.parse(answer) as { data: { subscribers: { streamCursor: string } } };
    return data.subscribers.streamCursor;
  }

  async close(): Promise<void> {
    await this.http.destroy();
  }

  private async send(query: string, variables: object = {}): Promise<string> {
    const { statusCode, body } = await this.http.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', ...this.credentials.headers() },
      body: JSON.stringify({ query, variables }),
    });
    const text = await body.text();
    if (statusCode !== 200 || text.includes('"errors"')) throw new Fault(`${statusCode} ${text}`);
    return text;
  }
}
