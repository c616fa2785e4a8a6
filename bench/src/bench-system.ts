import { randomUUID } from 'node:crypto';
import { accountsSubgraph } from '@supergraph/tools/start/first-owner';
import { allSubgraphs, perSubgraph, type Subgraph } from '@supergraph/tools/subgraphs';
import { startSystem, type System, type SystemOptions } from '@supergraph/tools/system';
import type { DurablePostgres } from './durable-postgres.js';
import { asGateway, asViewer, Endpoint } from './endpoint.js';
import type { Caller } from './txn-token.js';

/** An environment value that switches a limit off. */
export const NO_LIMIT = '1000000000';

export interface Account {
  readonly email: string;
  readonly password: string;
}

/** A running system, and a user who may add subscribers. */
export interface BenchSystem {
  readonly system: System;
  readonly postgres: DurablePostgres;
  readonly databaseUrls: SystemOptions['databaseUrls'];
  readonly account: Account;
  readonly editor: Caller;
  readonly accessToken: string;
  /** The gateway, called by the editor. */
  readonly gateway: Endpoint;
  /** A subgraph, called as the gateway calls it for the editor. */
  subgraph(name: string): Endpoint;
}

/** Starts all services as in production over a durable Postgres, and stops them after `work`. */
export async function withBenchSystem<Result>(
  postgres: DurablePostgres,
  env: NonNullable<SystemOptions['env']>,
  work: (bench: BenchSystem) => Promise<Result>,
): Promise<Result> {
  return withDatabases(postgres, allSubgraphs(), async (databaseUrls) => {
    const accounts = accountsSubgraph()!.name;
    const system = await startSystem({
      databaseUrls,
      nodeEnv: 'production',
      env: {
        ...env,
        [accounts]: { REGISTRATION: 'open', DEFAULT_ROLE: 'EDITOR', ...env[accounts] },
        gateway: { RATE_LIMIT_OPERATIONS: NO_LIMIT, ...env['gateway'] },
      },
    });
    try {
      const account = await register(system.gatewayUrl);
      const { accessToken, editor } = await logIn(system.gatewayUrl, account);
      const gateway = new Endpoint(system.gatewayUrl, asViewer(accessToken));
      const subgraphs = perSubgraph(
        ({ name, names }) =>
          new Endpoint(system.subgraphUrls[name]!, asGateway(name, system.secrets[names.secret]!, editor)),
      );
      const subgraph = (name: string) => subgraphs[name]!;
      try {
        return await work({
          system,
          postgres,
          databaseUrls,
          account,
          editor,
          accessToken,
          gateway,
          subgraph,
        });
      } finally {
        await Promise.all([gateway, ...Object.values(subgraphs)].map((endpoint) => endpoint.close()));
      }
    } finally {
      await system.stop();
    }
  });
}

/** Gives `work` a database for each subgraph. */
async function withDatabases<Result>(
  postgres: DurablePostgres,
  [subgraph, ...others]: readonly Subgraph[],
  work: (urls: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  if (!subgraph) return work({});
  return postgres.withDatabase(subgraph, (url) =>
    withDatabases(postgres, others, (urls) => work({ [subgraph.name]: url, ...urls })),
  );
}

async function register(gatewayUrl: string): Promise<Account> {
  const account = { email: `bench-${randomUUID()}@example.com`, password: randomUUID() };
  const anonymous = new Endpoint(gatewayUrl);
  await anonymous.query('mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
    input: { ...account, displayName: 'Bench' },
  });
  await anonymous.close();
  return account;
}

async function logIn(gatewayUrl: string, input: Account) {
  const anonymous = new Endpoint(gatewayUrl);
  const { login } = await anonymous.query<{
    login: { tokens: { accessToken: string }; viewer: { scopes: string[] } };
  }>('mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } viewer { scopes } } }', {
    input,
  });
  await anonymous.close();
  const { accessToken } = login.tokens;
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
    sub: string;
    sid: string;
  };
  const editor: Caller = { userId: claims.sub, sessionId: claims.sid, scopes: login.viewer.scopes };
  return { accessToken, editor };
}
