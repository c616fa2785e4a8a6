import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { randomSecrets } from '@supergraph/tools/secrets';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import { describeServices, type ServiceDescription } from '@supergraph/tools/services';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { eventually } from './harness/eventually.js';
import { freshEmail } from './harness/people.js';
import { txnToken } from './harness/txn-token.js';

const secrets = randomSecrets();
const user = randomUUID();

interface Replica {
  readonly service: ServiceDescription;
  readonly process: ServiceProcess;
}

let database: TestDatabase;
let replicas: [Replica, Replica];
beforeAll(async () => {
  database = await createTestDatabase('email-subscriptions');
  replicas = [await startReplica(), await startReplica()];
  await Promise.all(replicas.map(({ process }) => process.ready()));
});
afterAll(async () => {
  for (const { process } of replicas ?? []) process.kill('SIGCONT');
  await Promise.all(replicas?.map(({ process }) => process.stop()) ?? []);
  await database?.drop();
});

async function startReplica(): Promise<Replica> {
  const services = describeServices({
    ports: { gateway: 0, 'email-subscriptions': await freePort() },
    databaseUrls: { 'email-subscriptions': database.url },
    secrets,
    nodeEnv: 'test',
    logLevel: 'info',
  });
  const service = services['email-subscriptions']!;
  return { service, process: startServiceProcess(service) };
}

interface EventStream {
  readonly relay: 'here' | 'elsewhere';
  readonly logSize: number;
}

async function eventStream({ service }: Replica): Promise<EventStream> {
  const response = await fetch(`${service.origin}/health/ready`);
  return ((await response.json()) as { eventStream: EventStream }).eventStream;
}

async function add({ service }: Replica): Promise<void> {
  const response = await fetch(`${service.origin}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'txn-token': txnToken(secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { sub: user }),
    },
    body: JSON.stringify({
      query: 'mutation ($email: String!) { addSubscriber(input: { email: $email }) { created } }',
      variables: { email: freshEmail('frozen') },
    }),
  });
  expect(await response.json()).toEqual({ data: { addSubscriber: { created: true } } });
}

test('replaces a relay whose process is stopped, which stays passive when it continues', async () => {
  await eventually(
    () => Promise.all(replicas.map(eventStream)),
    (states) => states.some(({ relay }) => relay === 'here'),
  );
  const [first, second] = replicas;
  const [relay, other] = (await eventStream(first)).relay === 'here' ? [first, second] : [second, first];

  relay.process.kill('SIGSTOP');
  await add(other);
  await eventually(
    () => eventStream(other),
    (state) => state.relay === 'here' && state.logSize === 1,
  );
  relay.process.kill('SIGCONT');
  await eventually(
    () => eventStream(relay),
    (state) => state.relay === 'elsewhere',
  );
  await add(relay);
  await eventually(
    () => eventStream(other),
    ({ logSize }) => logSize === 2,
  );
  expect((await eventStream(other)).relay).toBe('here');
});
