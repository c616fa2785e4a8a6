import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { WebSocket } from 'ws';
import { loadSnippet, snippetNames } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { setGlobals } from './harness/global-values.js';
import { sentEvents } from './harness/live-client.js';
import { addAtSubgraph } from './harness/add-at-subgraph.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let ada: Person;
const stops: (() => void)[] = [];
beforeAll(async () => {
  // Browsers and later versions of Node.js have it.
  stops.push(setGlobals({ WebSocket }));
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(async () => {
  for (const stop of stops) stop();
  await system?.stop();
});

interface Watcher {
  readonly name: string;
  readonly seen: { email: string; addedBy: { displayName: string } | null }[];
}

/** Runs a snippet. Returns after its first bookmark, when it is live. */
async function watch(name: string): Promise<Watcher> {
  const { watchSubscribers } = await loadSnippet(name);
  const seen: Watcher['seen'] = [];
  const before = await sentEvents(system.metricsUrls.gateway);
  const stop = watchSubscribers({
    url: system.gatewayUrl,
    accessToken: async () => ada.accessToken,
    onAdded: (subscriber) => seen.push(subscriber),
  });
  stops.push(stop);
  await eventually(
    () => sentEvents(system.metricsUrls.gateway),
    (sent) => sent > before,
  );
  return { name, seen };
}

async function times(count: number, add: () => Promise<string>): Promise<string[]> {
  const emails: string[] = [];
  while (emails.length < count) emails.push(await add());
  return emails;
}

/** Kills the gateway, adds subscribers while it is down, and starts it again. */
async function addWhileTheGatewayIsDead(): Promise<string[]> {
  system.processes.gateway.kill('SIGKILL');
  await system.processes.gateway.exited;
  const emails = await times(3, () => addAtSubgraph(system, ada.userId));
  await system.restart('gateway');
  return emails;
}

describe('the snippets of docs/subscriptions.md', () => {
  test('cover each client library', () => {
    expect(snippetNames).toEqual([
      'graphql-ws',
      'apollo-client-websocket',
      'apollo-client-http',
      'urql',
      'graphql-sse',
      'eventsource',
    ]);
  });

  test('get each joined event once, although the gateway is killed before the first one and again later', async () => {
    const watchers: Watcher[] = [];
    for (const name of snippetNames) watchers.push(await watch(name));
    const seen = (by: Watcher) => by.seen.map(({ email }) => email);
    const everybodyHasSeen = (last: string | undefined) =>
      eventually(
        () => watchers.map((by) => ({ name: by.name, seen: seen(by) })),
        (all) => all.every((each) => each.seen.at(-1) === last),
        30_000,
      );

    const sent = await addWhileTheGatewayIsDead();
    await everybodyHasSeen(sent.at(-1));
    sent.push(...(await times(2, () => addRandomSubscriber(system.gatewayUrl, ada.accessToken))));
    await everybodyHasSeen(sent.at(-1));
    sent.push(...(await addWhileTheGatewayIsDead()));
    await everybodyHasSeen(sent.at(-1));

    for (const by of watchers) {
      expect({ name: by.name, seen: seen(by) }).toEqual({ name: by.name, seen: sent });
      expect(by.seen.map(({ addedBy }) => addedBy?.displayName)).toEqual(sent.map(() => 'Ada'));
    }
  }, 120_000);
});
