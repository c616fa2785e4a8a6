import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { askOver, type Data, openSocket } from './graphql-client.js';
import type { Person } from './session-steps.js';
import type { Steps } from './step.js';
import { ADD_SUBSCRIBER } from './subscriber-steps.js';

const SUBSCRIBER_ADDED = `subscription {
  subscriberAdded(bookmarks: true) { cursor occurredAt subscriber { id email addedBy { displayName } } }
}`;

const EVENT_MS = 10_000;

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

/** The first bookmark tells that the subscription is live; from there on every addition must arrive. */
async function watchArrivals(steps: Steps, socket: Client, person: Person, tag: string): Promise<void> {
  const events = new ArrivedEvents(socket, tag);
  try {
    await events.until(() => events.isLive);
    steps.expect(events.isLive);
    const expected: Data[] = [];
    for (const name of ['barbara', 'frances', 'katherine']) {
      const { id, email } = await add(steps, socket, `${name}-${tag}@example.com`);
      expected.push({ id, email, addedBy: { displayName: person.displayName } });
    }
    await events.until(() => events.has(expected.at(-1)?.id));
    const seen = steps.note(events.seen());
    steps.same(
      seen.map(({ subscriber }) => subscriber),
      expected,
    );
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
  /** Whether anything has come, the first bookmark at least. */
  isLive = false;
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
          this.isLive ||= event !== undefined;
          if (event?.subscriber?.email?.includes(tag)) this.events.push(event);
          this.wake();
        },
        error: (reason) => this.fail(reason instanceof Error ? reason : new Error(JSON.stringify(reason))),
        complete: () => this.fail(new Error('the subscription was completed by the server')),
      },
    );
  }

  /** Waits for a condition, but not for ever. @throws what ended the subscription */
  async until(isSo: () => boolean): Promise<void> {
    const timeUp = delay(EVENT_MS, 'time is up' as const, { ref: false });
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (isSo()) return;
      const arrived = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      if ((await Promise.race([arrived, timeUp])) === 'time is up') return;
    }
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
