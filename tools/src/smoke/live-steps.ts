import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { askOver, type Data, openSocket } from './graphql-client.js';
import type { Person } from './session-steps.js';
import type { Steps } from './step.js';
import { ADD_SUBSCRIBER } from './subscriber-steps.js';

const SUBSCRIBER_ADDED = `subscription {
  subscriberAdded { cursor occurredAt subscriber { id email addedBy { displayName } } }
}`;

const EVENT_MS = 10_000;
const RETRY_MS = 250;

/** Watches subscribers arrive over a WebSocket, and asks and adds over the same one. */
export async function playLive(
  steps: Steps,
  url: string,
  { accessToken, person, tag }: { accessToken: string; person: Person; tag: string },
): Promise<void> {
  const socket = openSocket(url, accessToken);
  try {
    await steps.step('ask over the WebSocket', async () => {
      const { viewer } = await askOver(steps, socket, '{ viewer { user { displayName } } }', {});
      steps.same(viewer, { user: { displayName: person.displayName } });
    });
    await steps.step('watch subscribers arrive, each once and with who added it', async () => {
      await watchArrivals(steps, socket, person, tag);
    });
  } finally {
    await socket.dispose();
  }
}

/**
 * The protocol does not tell when a subscription has begun. So one address after the other is added until the first
 * event comes; from there on every addition must arrive.
 */
async function watchArrivals(steps: Steps, socket: Client, person: Person, tag: string): Promise<void> {
  const events = new ArrivedEvents(socket, tag);
  try {
    for (let number = 1; !events.any(); number += 1) {
      steps.note(events.seen());
      steps.expect(number * RETRY_MS < EVENT_MS);
      await add(steps, socket, `herald${number}-${tag}@example.com`);
      await Promise.race([events.next(), delay(RETRY_MS)]);
    }
    const expected = [];
    for (const name of ['barbara', 'frances', 'katherine']) {
      const { id, email } = await add(steps, socket, `${name}-${tag}@example.com`);
      expected.push({ id, email, addedBy: { displayName: person.displayName } });
    }
    const deadline = Date.now() + EVENT_MS;
    while (!events.has(expected.at(-1)?.id) && Date.now() < deadline) {
      await Promise.race([events.next(), delay(RETRY_MS)]);
    }
    const seen = steps.note(events.seen());
    steps.same(
      seen.slice(-expected.length).map(({ subscriber }) => subscriber),
      expected,
    );
    steps.expect(new Set(seen.map(({ subscriber }) => subscriber.id)).size === seen.length);
    steps.expect(
      seen.every(({ cursor, occurredAt }) => cursor !== '' && !Number.isNaN(Date.parse(occurredAt))),
    );
  } finally {
    events.stop();
  }
}

async function add(steps: Steps, socket: Client, email: string): Promise<Data> {
  const { addSubscriber } = await askOver(steps, socket, ADD_SUBSCRIBER, { input: { email } });
  steps.expect(addSubscriber.created === true);
  return addSubscriber.subscriber;
}

/** The events of this run's additions; those of others who use the system at the same time are left out. */
class ArrivedEvents {
  private readonly events: Data[] = [];
  private readonly unsubscribe: () => void;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(socket: Client, tag: string) {
    this.unsubscribe = socket.subscribe<Data>(
      { query: SUBSCRIBER_ADDED },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) this.fail(new Error(JSON.stringify(errors)));
          const event = data?.subscriberAdded;
          if (event?.subscriber?.email?.includes(tag)) this.events.push(event);
          this.wake();
        },
        error: (reason) => this.fail(reason instanceof Error ? reason : new Error(JSON.stringify(reason))),
        complete: () => this.fail(new Error('the subscription was completed by the server')),
      },
    );
  }

  /** Resolves when something has arrived. @throws what ended the subscription */
  async next(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    if (this.failure !== undefined) throw this.failure;
  }

  any(): boolean {
    return this.events.length > 0;
  }

  has(id: unknown): boolean {
    return this.events.some(({ subscriber }) => subscriber.id === id);
  }

  seen(): Data[] {
    return [...this.events];
  }

  stop(): void {
    this.unsubscribe();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }
}
