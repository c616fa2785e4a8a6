import { GraphQLSchemaHost } from '@nestjs/graphql';

import { EventLog, EventLogHealth } from '@kit/event-log';
import { CursorCodec, METRICS } from '@kit/service';
import { type GraphQLResult, type RequestOptions, runSubgraph } from '@kit/subgraph';

import type { GraphQLSchema } from 'graphql';
import type { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { subgraph } from '../subgraph.js';
import { MessageListener } from '../tcp/message-listener.js';
import { EDITOR, TXN_TOKEN_SECRET } from './callers.js';
import { GraphQLSocket } from './graphql-socket.js';
import { waitUntil } from '@supergraph/tools/wait-until';

export const CURSOR_SECRET = 'cursors are signed with this in tests';

export const SUBSCRIBER_SECRET = 'addresses and links of subscribers in tests';

/** A position in the log. */
export interface StreamPosition {
  readonly epoch: string;
  readonly seq: number;
}

const codec = new CursorCodec(CURSOR_SECRET);

/** The cursor of a position, as clients have stored them since the first release. */
export function cursorOf({ epoch, seq }: StreamPosition): string {
  return codec.encode('stream subscriberAdded', `${epoch}.${seq}`);
}

function readCursor(cursor: string): StreamPosition {
  const [epoch, seq] = codec.decode('stream subscriberAdded', cursor).split('.') as [string, string];
  return { epoch, seq: Number(seq) };
}

export type Request = RequestOptions;

/** The running service: its endpoints, and its internals for checks. */
export interface RunningService {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** The port for TCP messages; undefined if the service does not listen for them. */
  readonly tcpPort: number | undefined;
  readonly messages: MessageListener;
  /** The metrics in the format of Prometheus. */
  metrics(): Promise<string>;
  /** The lines of its log. */
  readonly log: readonly string[];
  readonly database: DataSource;
  readonly eventLog: EventLogHealth;
  readonly schema: GraphQLSchema;
  /** The end of the log that this service has read. */
  position(): StreamPosition;
  request<Data = unknown>(query: string, request?: Request): Promise<GraphQLResult<Data>>;
  /** Waits until all committed events have numbers and the tail has read them. */
  settled(): Promise<void>;
  /** Opens a WebSocket and completes the handshake of the protocol. */
  connect(): Promise<GraphQLSocket>;
  close(): Promise<void>;
}

/** Starts the real service on a free port, with a migrated database. */
export async function runService(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<RunningService> {
  const { app, origin, log, request, close } = await runSubgraph(subgraph, {
    DATABASE_URL: databaseUrl,
    TXN_TOKEN_SECRET,
    CURSOR_SECRET,
    SUBSCRIBER_SECRET,
    ...environment,
  });
  const [database, eventLog] = [app.get(DataSource), app.get(EventLog)];
  const position = () => readCursor(eventLog.cursor());
  return {
    origin,
    tcpPort: app.get(MessageListener).port,
    messages: app.get(MessageListener),
    metrics: () => app.get<Registry>(METRICS).metrics(),
    log,
    database,
    eventLog: app.get(EventLogHealth),
    position,
    schema: app.get(GraphQLSchemaHost).schema,
    request: (query, { as = EDITOR, ...options } = {}) => request(query, { as, ...options }),
    settled: () =>
      waitUntil(async () => {
        const [{ waiting, last }] = (await database.query(
          `SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM outbox_bulk) AS waiting,
             last_seq::int AS last
           FROM event_log_state`,
        )) as [{ waiting: boolean; last: number }];
        return !waiting && position().seq === last;
      }),
    connect: () => GraphQLSocket.connect(`${origin.replace('http', 'ws')}/graphql`),
    close,
  };
}
