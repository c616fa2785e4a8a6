import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { readmeBlocks, writeSnippet } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { sentEvents } from './harness/live-client.js';
import { addPastTheGateway } from './harness/past-the-gateway.js';
import { addSubscriber, freshEmail } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const [register, logIn, add, list] = readmeBlocks('graphql') as [string, string, string, string];
const [watch, shown, resume] = readmeBlocks('js') as [string, string, string];
const [listed] = readmeBlocks('json') as [string];

let system: System;
let token: string;
let stop: () => Promise<void> = async () => {};
beforeAll(async () => {
  system = await startTestSystem();
});
afterEach(() => stop());
afterAll(() => system?.stop());

/** Runs a module as it is printed, but for the port of the gateway. Answers what it says, in one line. */
function run(source: string): () => string {
  const { host } = new URL(system.gatewayUrl);
  const file = writeSnippet('readme', source.replaceAll('127.0.0.1:4000', host));
  const child = spawn(process.execPath, [file], { env: { ...process.env, ACCESS_TOKEN: token } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  stop = async () => {
    if (child.kill()) await once(child, 'exit');
  };
  return () => said.replaceAll(/\s+/g, ' ').trim();
}

const emailsIn = (said: string) => [...said.matchAll(/email: '([^']+)'/g)].map(([, email]) => email);

describe('what README.md has people try, in its order', () => {
  test('registers Ada and logs her in', async () => {
    const registered = await post(system.gatewayUrl, register);
    expect(registered.data).toEqual({ register: { accepted: true, userErrors: [] } });
    const { data } = await post(system.gatewayUrl, logIn);
    expect(data.login).toMatchObject({ tokens: { accessToken: expect.any(String) }, userErrors: [] });
    token = data.login.tokens.accessToken as string;
  });

  test('adds a subscriber, and lists what it says', async () => {
    const added = await post(system.gatewayUrl, add, { token });
    expect(added.data.addSubscriber).toMatchObject({ created: true, userErrors: [] });
    const answer = await post(system.gatewayUrl, list, { token });
    const { endCursor } = answer.data.subscribers.pageInfo as { endCursor: string };
    expect(JSON.parse(answer.text)).toEqual(JSON.parse(listed.replace('…', endCursor)));
  });

  test('watches a new one arrive, and shows them as it says', async () => {
    const said = run(watch);
    // It watches from now on, and what that means is known when somebody has arrived.
    await eventually(
      async () => {
        await addSubscriber(system.gatewayUrl, token, { email: freshEmail() });
        return said();
      },
      (text) => text !== '',
    );
    await addSubscriber(system.gatewayUrl, token, { email: 'linus@example.com' });
    await eventually(said, (text) => text.includes('linus@example.com') && text.endsWith('} }'));
    const last = said().slice(said().lastIndexOf('{ id'));
    expect(last.replace(/id: '[^']+'/, "id: '…'")).toBe(shown.trim());
  });

  test('loses nothing when the gateway is killed, be it before the first one has arrived', async () => {
    const [opening] = watch.split('const events');
    const before = await sentEvents(system.metricsUrls.gateway);
    const said = run(`${opening}${resume}`);
    await eventually(
      () => sentEvents(system.metricsUrls.gateway),
      (sent) => sent > before,
    );
    system.processes.gateway.kill('SIGKILL');
    await system.processes.gateway.exited;
    const sent = [await addPastTheGateway(system), await addPastTheGateway(system)];
    await system.restart('gateway');
    await eventually(said, (text) => text.includes(sent.at(-1)!), 30_000);
    expect(emailsIn(said())).toEqual(sent);
  }, 60_000);
});
