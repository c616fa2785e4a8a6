import type { Client } from 'graphql-ws';
import { eventually } from './eventually.js';
import { liveClient, watch, type Watch } from './live-client.js';
import { ADDED } from './operations.js';
import type { Person } from './people.js';

export const ADDED_WITH_TIME = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor occurredAt subscriber { email } }
}`;

/** A watch of who is added. */
export interface Additions extends Watch {
  readonly client: Client;
  /** How often its socket has closed. */
  readonly closes: () => number;
}

const clients: Client[] = [];

/** Closes all sockets, so that a test that fails leaves nothing to the next one. */
export async function closeAll(): Promise<void> {
  for (const client of clients.splice(0)) await client.dispose();
}

/** Watches until it is live, on a socket of its own unless it is given one. */
export async function watchAdditions(
  gatewayUrl: string,
  person: Person,
  query = ADDED,
  client: Client = liveClient(gatewayUrl, person.accessToken),
): Promise<Additions> {
  let closes = 0;
  client.on('closed', () => (closes += 1));
  clients.push(client);
  const watching = watch(client, query, { bookmarks: true });
  await watching.waitForEvents(1);
  return { ...watching, client, closes: () => closes };
}

/** Who was added, by their addresses; fails when there was an error. */
export function emailsOf({ events }: Watch): string[] {
  return events.flatMap(({ data, errors }) => {
    if (errors) throw new Error(`an event has errors: ${JSON.stringify(errors)}`);
    const { subscriber } = data.subscriberAdded as { subscriber: { email: string } | null };
    return subscriber ? [subscriber.email] : [];
  });
}

/** Waits until as many have been seen. */
export function seenAll(watching: Watch, expected: readonly string[]): Promise<string[]> {
  return eventually(
    () => emailsOf(watching),
    (seen) => seen.length >= expected.length,
  );
}
