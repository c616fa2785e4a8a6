import { ANONYMOUS, signTxnToken, TXN_TOKEN_HEADER, txnTokenKey } from '@kit/auth';
import { MailJobs } from '@kit/mail';
import { type GraphQLResult, type RequestOptions, runSubgraph } from '@kit/subgraph';
import { DataSource } from 'typeorm';
import { subgraph } from '../subgraph.js';

export const TXN_TOKEN_SECRET = 'the gateway and the users subgraph know this';
export const SIGNING_KEY_SECRET = 'only the users subgraph knows this one';

/** A running service. */
export interface RunningUsers {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** The lines of its log. */
  readonly log: readonly string[];
  clearLog(): void;
  readonly database: DataSource;
  /** Sends a request as the gateway does for `as`, or with exactly these headers. */
  ask<Data = unknown>(query: string, options?: RequestOptions): Promise<GraphQLResult<Data>>;
  /** Makes it look for due mail now. It polls every two seconds otherwise. */
  wakeMailWorker(): void;
  close(): Promise<void>;
}

/** The variables of a service under test. Password hashes are cheap. */
const environmentOf = (databaseUrl: string, environment: Record<string, string>) => ({
  DATABASE_URL: databaseUrl,
  TXN_TOKEN_SECRET,
  SIGNING_KEY_SECRET,
  PASSWORD_HASH_COST: 'low',
  ...environment,
});

/** The configuration of a service under test. */
export function configOf(databaseUrl: string, environment: Record<string, string> = {}) {
  return subgraph.readConfig(environmentOf(databaseUrl, environment));
}

/** Starts the real service on a free port, over a migrated database. */
export async function runUsers(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<RunningUsers> {
  const { app, origin, log, request, close } = await runSubgraph(
    subgraph,
    environmentOf(databaseUrl, environment),
  );
  return {
    origin,
    log,
    clearLog: () => void (log.length = 0),
    database: app.get(DataSource),
    ask: request,
    wakeMailWorker: () => app.get(MailJobs).wake(),
    close,
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
