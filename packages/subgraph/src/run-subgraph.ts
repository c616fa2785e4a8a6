import { randomBytes } from 'node:crypto';
import { ANONYMOUS, type AuthContext, signTxnToken, TXN_TOKEN_HEADER, txnTokenKey } from '@kit/auth';
import { createLogger, GRAPHQL_PATH } from '@kit/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import type { Subgraph } from './define-subgraph.js';

/** The response to a GraphQL request. */
export interface GraphQLResult<Data> {
  readonly status: number;
  readonly data?: Data;
  readonly errors?: {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly requestId?: string };
  }[];
}

export interface RequestOptions {
  readonly variables?: object | undefined;
  /** The caller in the gateway's token. By default it is anonymous. */
  readonly as?: AuthContext | undefined;
  /** Headers that replace the gateway's token. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A subgraph that runs in the process of a test. */
export interface RunningSubgraph {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** The lines of its log. */
  readonly log: string[];
  /** The transaction token that the gateway would send for a caller. */
  readonly tokenFor: (as: AuthContext) => string;
  /** Sends a request as the gateway does. */
  readonly request: <Data = unknown>(query: string, options?: RequestOptions) => Promise<GraphQLResult<Data>>;
  readonly close: () => Promise<void>;
}

/**
 * Runs a subgraph in this process, for tests. It listens on a free port.
 * @param environment its variables. Secrets of the kit that are missing are generated.
 */
export async function runSubgraph<Shape extends z.ZodRawShape>(
  subgraph: Subgraph<Shape>,
  environment: Readonly<Record<string, string>>,
): Promise<RunningSubgraph> {
  const log: string[] = [];
  const config = subgraph.readConfig({
    TXN_TOKEN_SECRET: newSecret(),
    CURSOR_SECRET: newSecret(),
    PORT: '0',
    ...environment,
  });
  const app = await subgraph.create(
    config,
    createLogger(subgraph.name, config.LOG_LEVEL, { write: (line) => log.push(line) }),
  );
  await app.listen(config.PORT, config.HOST);
  const origin = await app.getUrl();
  const key = txnTokenKey(config.TXN_TOKEN_SECRET);
  const tokenFor = (as: AuthContext) => signTxnToken(as, subgraph.name, key);
  return {
    app,
    origin,
    log,
    tokenFor,
    request: async (
      query,
      { variables, as = ANONYMOUS, headers = { [TXN_TOKEN_HEADER]: tokenFor(as) } } = {},
    ) => {
      const response = await fetch(origin + GRAPHQL_PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, ...((await response.json()) as object) };
    },
    close: () => app.close(),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}
