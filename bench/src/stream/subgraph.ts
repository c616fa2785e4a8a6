import { randomUUID } from 'node:crypto';
import { Fault } from '@supergraph/tools/fault';
import { freePort } from '@supergraph/tools/free-port';
import type { Secrets } from '@supergraph/tools/secrets';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { Pool } from 'undici';
import { txnToken } from '../txn-token.js';

const CONNECTIONS = 16;
const RESIGN_EVERY_MS = 20_000;

const CALLER = {
  userId: randomUUID(),
  sessionId: randomUUID(),
  scopes: ['subscribers:read', 'subscribers:write'],
};

/** email-subscriptions as a process of its own, with no gateway before it, and one person who calls it. */
export class Subgraph {
  readonly #http: Pool;
  #token = '';
  #signedAt = -Infinity;

  private constructor(
    private readonly service: ServiceProcess,
    private readonly origin: string,
    private readonly secret: string,
  ) {
    this.#http = new Pool(origin, { connections: CONNECTIONS });
  }

  /** Returns when it is ready. @throws Fault with its last words when it does not become so */
  static async start(databaseUrl: string, secrets: Secrets): Promise<Subgraph> {
    const { emailSubscriptions: description } = describeServices({
      ports: { gateway: 0, users: 0, emailSubscriptions: await freePort() },
      databaseUrls: { users: '', emailSubscriptions: databaseUrl },
      secrets,
      nodeEnv: 'production',
      logLevel: 'warn',
    });
    const service = startServiceProcess(description, (line) => console.error(line));
    const subgraph = new Subgraph(service, description.origin, secrets.emailSubscriptionsTxnTokenSecret);
    try {
      await service.ready();
    } catch (error) {
      await subgraph.stop();
      throw error;
    }
    return subgraph;
  }

  get pid(): number {
    return this.service.pid;
  }

  get webSocketUrl(): string {
    return `${this.origin.replace('http', 'ws')}/graphql`;
  }

  /** Good for 40 seconds or more. */
  token(): string {
    if (Date.now() - this.#signedAt > RESIGN_EVERY_MS) {
      this.#signedAt = Date.now();
      this.#token = txnToken('email-subscriptions', this.secret, CALLER);
    }
    return this.#token;
  }

  async add(email: string): Promise<void> {
    const answer = await this.#send(
      'mutation ($email: String!) { addSubscriber(input: { email: $email }) { created } }',
      { email },
    );
    if (!answer.includes('"created":true')) throw new Fault(`${email} was not added: ${answer}`);
  }

  /** The position of the stream now, as lists hand it out. */
  async streamCursor(): Promise<string> {
    const answer = await this.#send('{ subscribers(first: 1) { streamCursor } }');
    const { data } = JSON.parse(answer) as { data: { subscribers: { streamCursor: string } } };
    return data.subscribers.streamCursor;
  }

  async stop(): Promise<void> {
    await this.#http.destroy();
    await this.service.stop();
  }

  async #send(query: string, variables: object = {}): Promise<string> {
    const { statusCode, body } = await this.#http.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', 'txn-token': this.token() },
      body: JSON.stringify({ query, variables }),
    });
    const text = await body.text();
    if (statusCode !== 200 || text.includes('"errors"')) throw new Fault(`${statusCode} ${text}`);
    return text;
  }
}

/** Starts it, works with it and stops it whatever happens. */
export async function withSubgraph<Result>(
  databaseUrl: string,
  secrets: Secrets,
  work: (subgraph: Subgraph) => Promise<Result>,
): Promise<Result> {
  const subgraph = await Subgraph.start(databaseUrl, secrets);
  try {
    return await work(subgraph);
  } finally {
    await subgraph.stop();
  }
}
