import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** A database, and the name that this program has in its `pg_stat_activity`. */
export interface DatabaseAddress {
  /** `postgres://role:password@host:port/database` */
  readonly url: string;
  readonly application: string;
}

/**
 * Opens a connection for work that a pool cannot do, such as holding a lock or listening. It does not reconnect: when
 * it breaks, queries fail and the client emits `end`.
 * @param purpose follows the name of the program in `pg_stat_activity`
 * @param queryTimeoutMs after how long a query fails; 0 means never, for the streams of COPY
 */
export async function openSession(
  { url, application }: DatabaseAddress,
  purpose: string,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: `${application} ${purpose}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  // The next query fails as well. Without a listener the error would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await closeSession(client);
    throw error;
  }
}

/** Closes the connection in any state, and does not wait for a server that no longer responds. */
export async function closeSession(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
}
