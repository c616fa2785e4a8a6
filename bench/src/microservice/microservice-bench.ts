import { ADD_SUBSCRIBER, SubscribersClient, SubscribersRecord } from '@supergraph/nest-tcp-client';
import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import { lastValueFrom } from 'rxjs';
import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { type Figure, ratios } from '../figure.js';
import { repeat } from '../load.js';
import { numberedAddress } from '../numbered-address.js';
import { cpuTimeMs } from '../process-usage.js';
import { untilNumbered } from '../stream/event-log.js';

/** As many messages of one TCP connection as the service handles at a time. */
const AT_ONCE = 32;
const ADDITIONS = 4_000;
const ROUNDS = 5;
const MOST_RATIO = 1;

/** The fields that a TCP message returns. */
const SUBSCRIBER = 'subscriber { id email name status addedAt addedBy { id } }';

type Add = (email: string) => Promise<void>;

/** CPU time of email-subscriptions for an addition: as a TCP message, and as a GraphQL mutation over HTTP. */
export async function microserviceBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async (bench) => {
    const tcp = openTcpClient(bench);
    try {
      return await compare(bench, tcp.add, (email) =>
        bench.subgraph('email-subscriptions').add(email, SUBSCRIBER),
      );
    } finally {
      tcp.close();
    }
  });
}

async function compare(bench: BenchSystem, byTcp: Add, byGraphql: Add): Promise<Figure[]> {
  let added = 0;
  const measure = async (add: Add): Promise<number> => {
    added += ADDITIONS;
    return cpuPerAddition(bench, add, added - ADDITIONS);
  };
  for (const add of [byTcp, byGraphql]) await measure(add);
  const [tcp, graphql]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    tcp.push(await measure(byTcp));
    graphql.push(await measure(byGraphql));
  }
  const ms = { unit: 'ms', digits: 3 };
  return [
    { name: 'TCP, `send`', values: tcp, ...ms },
    { name: 'GraphQL over HTTP', values: graphql, ...ms },
    { name: 'TCP : GraphQL', values: ratios(tcp, graphql), digits: 2, atMost: MOST_RATIO },
  ];
}

/** The cost includes numbering the event. A numbered event also proves that the addition was committed. */
async function cpuPerAddition(
  { system, postgres, databaseUrls }: BenchSystem,
  add: Add,
  first: number,
): Promise<number> {
  const { pid } = system.processes['email-subscriptions']!;
  await postgres.checkpoint();
  const before = cpuTimeMs(pid);
  await repeat(ADDITIONS, AT_ONCE, (n) => add(numberedAddress(first + n)));
  await withClient(databaseUrls['email-subscriptions']!, (client) =>
    untilNumbered(client, first + ADDITIONS),
  );
  return (cpuTimeMs(pid) - before) / ADDITIONS;
}

function openTcpClient({ system, editor }: BenchSystem): { add: Add; close(): void } {
  const client = new SubscribersClient({
    host: '127.0.0.1',
    port: system.morePorts.TCP_PORT!,
    caller: 'monolith',
    secret: system.secrets.MONOLITH_TCP_SECRET!,
  });
  return {
    async add(email) {
      const message = new SubscribersRecord({ email }, { user: editor });
      const { created } = await lastValueFrom(client.send<{ created: boolean }>(ADD_SUBSCRIBER, message));
      if (!created) throw new Fault(`${email} was not added`);
    },
    close: () => client.close(),
  };
}
