import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServiceName } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post, type GraphQLResponse } from './harness/http.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const BOTH = '{ viewer { email } subscribers(first: 1) { nodes { id } } }';
const IN_PARALLEL = 4;
/** Leaves time to the services that restart. */
const PAUSE_MS = 100;

let system: TestSystem;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem({ env: { gateway: { RATE_LIMIT_OPERATIONS: '0' } } });
  ada = await newPerson(system.gatewayUrl);
});
afterAll(() => system?.stop());

/** Queries both subgraphs repeatedly, in parallel. */
class Querying {
  readonly responses: GraphQLResponse[] = [];
  private stopped = false;
  private readonly done: Promise<unknown>;

  constructor() {
    this.done = Promise.all(Array.from({ length: IN_PARALLEL }, () => this.run()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      // No gateway listens while it restarts.
      const response = await post(system.gatewayUrl, BOTH, { token: ada.accessToken }).catch(() => null);
      if (response) this.responses.push(response);
      await delay(PAUSE_MS);
    }
  }
}

test('rotates the secrets between gateway and subgraphs without rejecting a request', async () => {
  const [users, emailSubscriptions] = [newSecret(), newSecret()];
  const { USERS_TXN_TOKEN_SECRET, EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET } = system.secrets;
  const querying = new Querying();
  const lines: string[] = [];
  const restart = async (name: ServiceName, environment: Record<string, string>) => {
    const before = system.processes[name]!;
    await system.restart(name, environment);
    lines.push(...before.logs());
  };
  const expectSuccesses = async () => {
    const from = querying.responses.length;
    await eventually(
      () => querying.responses.slice(from),
      (responses) => responses.filter(({ status, errors }) => status === 200 && !errors).length > 20,
    );
  };
  try {
    await expectSuccesses();
    await restart('users', {
      TXN_TOKEN_SECRET: users,
      TXN_TOKEN_SECRET_PREVIOUS: USERS_TXN_TOKEN_SECRET!,
    });
    await restart('email-subscriptions', {
      TXN_TOKEN_SECRET: emailSubscriptions,
      TXN_TOKEN_SECRET_PREVIOUS: EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!,
    });
    await expectSuccesses();
    await restart('gateway', {
      USERS_TXN_TOKEN_SECRET: users,
      EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET: emailSubscriptions,
    });
    await expectSuccesses();
    await restart('users', { TXN_TOKEN_SECRET_PREVIOUS: '' });
    await restart('email-subscriptions', { TXN_TOKEN_SECRET_PREVIOUS: '' });
    await expectSuccesses();
  } finally {
    await querying.stop();
  }
  const codes = new Set(querying.responses.flatMap(codesOf));
  // A restarting subgraph is unavailable for a moment, but rejects no request.
  expect([...codes].filter((code) => code !== 'SUBGRAPH_UNAVAILABLE')).toEqual([]);
  for (const process of Object.values(system.processes)) lines.push(...process.logs());
  expect(lines.filter((line) => line.includes('untrusted caller rejected'))).toEqual([]);
}, 120_000);

function newSecret(): string {
  return randomBytes(32).toString('hex');
}
