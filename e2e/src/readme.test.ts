import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { readmeBlocks } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { sentEvents } from './harness/live-client.js';
import { addAtSubgraph } from './harness/add-at-subgraph.js';
import { addSubscriber, freshEmail } from './harness/people.js';
import { type Program, runModule, runReadmeWatcher } from './harness/readme-watcher.js';
import { startOwnSystem } from './harness/test-system.js';

const [register, logIn, add, list] = readmeBlocks('graphql') as [string, string, string, string];
const [watch] = readmeBlocks('js') as [string];
/** The rest of the line in a block that begins with these words. */
const printedAfter = (words: string, block: string) => block.split(`${words} `)[1]!.trim();

let system: System;
let token: string;
let program: Program | undefined;
beforeAll(async () => {
  system = await startOwnSystem();
});
afterEach(() => program?.stop());
afterAll(() => system?.stop());

describe('the steps of README.md, in order', () => {
  test('registers Ada and logs her in', async () => {
    const registered = await post(system.gatewayUrl, register);
    expect(registered.data).toEqual({ register: { accepted: true } });
    const { data } = await post(system.gatewayUrl, logIn);
    expect(data.login).toMatchObject({ tokens: { accessToken: expect.any(String) } });
    token = data.login.tokens.accessToken as string;
  });

  test('adds a subscriber, and returns the list as printed', async () => {
    const added = await post(system.gatewayUrl, add, { token });
    expect(added.data.addSubscriber).toMatchObject({ created: true, userErrors: [] });
    const answer = await post(system.gatewayUrl, list, { token });
    expect(answer.data.subscribers).toEqual(JSON.parse(printedAfter('# returns', list)));
  });

  test('watches a new subscriber arrive, and prints it as shown', async () => {
    const { said } = (program = runModule(watch, system, token));
    // Without a cursor it watches from now on: it is live once something has been printed.
    await eventually(
      async () => {
        await addSubscriber(system.gatewayUrl, token, { email: freshEmail() });
        return said();
      },
      (text) => text !== '',
    );
    await addSubscriber(system.gatewayUrl, token, { email: 'linus@example.com' });
    await eventually(said, (text) => text.includes('linus@example.com') && text.endsWith('} }'));
    expect(said().slice(said().lastIndexOf('{ email'))).toBe(printedAfter('// prints', watch));
  });

  test('loses nothing when the gateway is killed, even before the first event', async () => {
    const before = await sentEvents(system.metricsUrls.gateway);
    const { said, emails } = (program = runReadmeWatcher(system, token));
    await eventually(
      () => sentEvents(system.metricsUrls.gateway),
      (sent) => sent > before,
    );
    system.processes.gateway.kill('SIGKILL');
    await system.processes.gateway.exited;
    const sent = [await addAtSubgraph(system), await addAtSubgraph(system)];
    await system.restart('gateway');
    await eventually(said, (text) => text.includes(sent.at(-1)!), 30_000);
    expect(emails()).toEqual(sent);
  }, 60_000);
});
