import type { Client } from 'graphql-ws';
import { eventually } from './eventually.js';
import { liveClient, watch, type Watch } from './live-client.js';
import { ADDED } from './operations.js';
import type { Person } from './people.js';

export const ADDED_WITH_TIME = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor occurredAt subscriber { email } }
}`;

/** A subscription to added subscribers. */
export interface Additions extends Watch {
  readonly client: Client;
  /** The number of times that its socket has closed. */
  readonly closes: () => number;
}

const clients: Client[] = [];

/** Closes all sockets, also after a failed test. */
export async function closeClients(): Promise<void> {
  for (const client of clients.splice(0)) await client.dispose();
}

/** Subscribes and waits for the first bookmark, on a new socket by default. */
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

/** The addresses of the added subscribers. @throws Error when an event has errors */
export function emailsOf({ events }: Watch): string[] {
  return events.flatMap(({ data, errors }) => {
    if (errors) throw new Error(`an event has errors: ${JSON.stringify(errors)}`);
    const { subscriber } = data.subscriberAdded as { subscriber: { email: string } | null };
    return subscriber ? [subscriber.email] : [];
  });
}

/** Waits until the subscription has received this number of additions. */
export function waitForAll(watching: Watch, expected: readonly string[]): Promise<string[]> {
  return eventually(
    () => emailsOf(watching),
    (seen) => seen.length >= expected.length,
  );
}
