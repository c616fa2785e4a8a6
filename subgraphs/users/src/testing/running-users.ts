import type { AddressInfo } from 'node:net';
import { ANONYMOUS, type AuthContext, signTxnToken, TXN_TOKEN_HEADER, txnTokenKey } from '@kit/auth';

import { MailJobs } from '@kit/mail';
import { createLogger } from '@kit/service';

import { DataSource } from 'typeorm';
import { subgraph } from '../subgraph.js';

export const TXN_TOKEN_SECRET = 'the gateway and the users subgraph know this';
export const SIGNING_KEY_SECRET = 'only the users subgraph knows this one';

/** A response to a GraphQL request. */
export interface Answer<Data> {
  readonly status: number;
  readonly data?: Data;
  readonly errors?: {
    readonly message: string;
    readonly extensions: { readonly code: string; readonly requestId?: string };
  }[];
}

/** A running service. */
export interface RunningUsers {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** The lines of its log. */
  readonly log: readonly string[];
  clearLog(): void;
  readonly database: DataSource;
  /** Sends a request as the gateway does for `as`, or with exactly these headers. */
  ask<Data = unknown>(
    query: string,
    options?: { variables?: object; as?: AuthContext; headers?: Record<string, string> },
  ): Promise<Answer<Data>>;
  /** Makes it look for due mail now. It polls every two seconds otherwise. */
  wakeMailWorker(): void;
  close(): Promise<void>;
}

/** The configuration of a service under test. Password hashes are cheap. */
export function configOf(databaseUrl: string, environment: Record<string, string> = {}) {
  return subgraph.readConfig({
    DATABASE_URL: databaseUrl,
    TXN_TOKEN_SECRET,
    SIGNING_KEY_SECRET,
    PASSWORD_HASH_COST: 'low',
    ...environment,
  });
}

/** Starts the real service on a free port, over a migrated database. */
export async function runUsers(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<RunningUsers> {
  const log: string[] = [];
  const config = configOf(databaseUrl, environment);
  const logger = createLogger('users', 'info', { write: (line) => log.push(line) });
  const app = await subgraph.create(config, logger);
  await app.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return {
    origin,
    log,
    clearLog: () => void (log.length = 0),
    database: app.get(DataSource),
    async ask(query, options = {}) {
      const response = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(options.headers ?? gatewayHeaders(options.as)) },
        body: JSON.stringify({ query, variables: options.variables }),
      });
      return { status: response.status, ...((await response.json()) as object) };
    },
    wakeMailWorker: () => app.get(MailJobs).wake(),
    close: () => app.close(),
  };
}

/** The headers that the gateway sends for a caller, by default for an anonymous one. */
export function gatewayHeaders(
  as = ANONYMOUS,
  subgraph = 'users',
  secret = TXN_TOKEN_SECRET,
): Record<string, string> {
  return { [TXN_TOKEN_HEADER]: signTxnToken(as, subgraph, txnTokenKey(secret)) };
}
