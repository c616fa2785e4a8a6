import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * A connection with one purpose, for what a pool cannot do: hold a lock, listen. It is opened once; whoever uses it
 * opens another when it has broken, which shows as a failing query and as the event `end`.
 * @param purpose shown by `pg_stat_activity`
 */
export async function openSession(url: string, purpose: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: `email-subscriptions ${purpose}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  });
  // Told by the next query too; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await closeSession(client);
    throw error;
  }
}

/** Closes it, whatever state it is in; a peer who does not answer any more is not waited for. */
export async function closeSession(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
}
