import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Person } from './session-steps.js';
import type { Data, Steps } from './step.js';
import { ADD_SUBSCRIBER } from './subscriber-steps.js';

const SUBSCRIBER_ADDED = `subscription {
  subscriberAdded(bookmarks: true) { cursor occurredAt subscriber { id email addedBy { displayName } } }
}`;

const EVENT_MS = 10_000;

/** Queries, adds and subscribes over one WebSocket. */
export async function playLive(steps: Steps, person: Person, tag: string): Promise<void> {
  const { displayName } = person;
  const socket = createClient({
    url: steps.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${steps.accessToken}` },
    // A lost connection fails the step.
    retryAttempts: 0,
  });
  const ask = async (query: string, variables = {}): Promise<Data> =>
    steps.data((await socket.iterate({ query, variables }).next()).value);
  try {
    await steps.step('query over the WebSocket', async () => {
      const { viewer } = await ask('{ viewer { user { displayName } } }');
      steps.same(viewer, { user: { displayName } });
    });
    await steps.step('receive each new subscriber once, with the user who added it', async () => {
      const events = openEvents(steps, socket);
      // The first bookmark shows that the subscription is active.
      await events.next();
      const expected: Data[] = [];
      for (const name of ['barbara', 'frances', 'katherine']) {
        const { addSubscriber } = await ask(ADD_SUBSCRIBER, {
          input: { email: `${name}-${tag}@example.com` },
        });
        steps.expect(addSubscriber.created === true);
        expected.push({ ...addSubscriber.subscriber, addedBy: { displayName } });
      }
      const seen: Data[] = [];
      while (seen.at(-1)?.id !== expected.at(-1).id) {
        const { cursor, occurredAt, subscriber } = await events.next();
        steps.expect(cursor !== '' && !Number.isNaN(Date.parse(occurredAt)));
        // Other users of the system may add subscribers, too.
        if (subscriber?.email.includes(tag)) seen.push(subscriber);
      }
      steps.same(seen, expected);
    });
  } finally {
    await socket.dispose();
  }
}

function openEvents(steps: Steps, socket: Client) {
  const results = socket.iterate({ query: SUBSCRIBER_ADDED });
  const late = async (): Promise<never> => {
    await delay(EVENT_MS, undefined, { ref: false });
    throw new Error(`no event within ${EVENT_MS / 1000} s`);
  };
  return {
    async next(): Promise<Data> {
      const { value } = await Promise.race([results.next(), late()]);
      return steps.data(value).subscriberAdded;
    },
  };
}
