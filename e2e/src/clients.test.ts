import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { WebSocket } from 'ws';
import { loadSnippet, snippetNames } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { openUpstreams } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let ada: Person;
beforeAll(async () => {
  // As browsers and later versions of Node.js have it.
  Object.assign(globalThis, { WebSocket });
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
let stop: () => void = () => {};
afterEach(() => stop());
afterAll(() => system?.stop());

async function add(count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, n) => freshEmail(`${n}`));
  for (const email of emails) await addSubscriber(system.gatewayUrl, ada.accessToken, { email });
  return emails;
}

describe('the snippets of docs/live-operations.md', () => {
  test('are there for each client that people use', () => {
    expect(snippetNames).toEqual([
      'graphql-ws',
      'apollo-client-websocket',
      'apollo-client-http',
      'urql',
      'graphql-sse',
      'eventsource',
    ]);
  });

  test.each(snippetNames)(
    '%s: joined events, and after the gateway was killed each one once',
    async (name) => {
      const { watchSubscribers } = await loadSnippet(name);
      const seen: { email: string; addedBy: { displayName: string } | null }[] = [];
      stop = watchSubscribers({
        url: system.gatewayUrl,
        accessToken: async () => ada.accessToken,
        onAdded: (subscriber) => seen.push(subscriber),
      });
      const emails = () => seen.map(({ email }) => email);
      await eventually(
        () => openUpstreams(system.gatewayUrl),
        (open) => open === 1,
      );
      // What "from now on" means is known when the first one arrives.
      const first = await eventually(
        async () => [...(await add(1)), ...emails()],
        ([, ...arrived]) => arrived.length > 0,
      ).then(([, arrived]) => arrived!);
      const sent = await add(3);
      await eventually(emails, (all) => all.at(-1) === sent.at(-1));

      system.processes.gateway.kill('SIGKILL');
      await system.restart('gateway');
      sent.push(...(await add(5)));
      await eventually(emails, (all) => all.at(-1) === sent.at(-1), 30_000);
      sent.push(...(await add(2)));
      await eventually(emails, (all) => all.at(-1) === sent.at(-1));

      expect(emails().slice(-sent.length)).toEqual(sent);
      expect(new Set(emails()).size).toBe(seen.length);
      expect(emails()[0]).toBe(first);
      expect(seen.map(({ addedBy }) => addedBy?.displayName)).toEqual(seen.map(() => 'Ada'));
    },
  );
});
