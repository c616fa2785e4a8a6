import { ADD_SUBSCRIBER, SubscribersClient, SubscribersRecord } from '@supergraph/nest-tcp-client';
import { Fault } from '@supergraph/tools/fault';
import { MONOLITH } from '@supergraph/tools/services';
import type { System } from '@supergraph/tools/system';
import { lastValueFrom } from 'rxjs';
import { asGateway, asViewer, Endpoint } from '../additions/endpoint.js';
import type { Editor } from '../people.js';

/** The fields that a TCP message returns. */
const SUBSCRIBER = 'subscriber { id email name status addedAt addedBy { id } }';

export const WAYS = ['send', 'emit', 'subgraph', 'gateway'] as const;

/** TCP messages (`send`, `emit`), or GraphQL at email-subscriptions itself (`subgraph`) or through the gateway. */
export type Way = (typeof WAYS)[number];

export interface OpenWays {
  /** Adds one subscriber; `emit` returns when the message is sent. @throws when it was not added, `emit` when not sent */
  readonly add: Readonly<Record<Way, (email: string) => Promise<void>>>;
  close(): Promise<void>;
}

/**
 * Opens one TCP connection, and `atOnce` HTTP connections each to email-subscriptions and to the gateway. The same user
 * adds all subscribers, so that the service does the same work for each way.
 */
export function openWays(system: System, editor: Editor, atOnce: number): OpenWays {
  const client = new SubscribersClient({
    host: '127.0.0.1',
    port: system.tcpPort,
    caller: MONOLITH.name,
    secret: system.secrets.monolithTcpSecret,
  });
  const message = (email: string) => new SubscribersRecord({ email }, { user: editor });
  const secret = system.secrets.emailSubscriptionsTxnTokenSecret;
  const subgraph = new Endpoint(
    system.emailSubscriptionsUrl,
    asGateway('email-subscriptions', secret, editor),
    atOnce,
  );
  const gateway = new Endpoint(system.gatewayUrl, asViewer(editor.accessToken), atOnce);
  return {
    add: {
      async send(email) {
        const { created } = await lastValueFrom(
          client.send<{ created: boolean }>(ADD_SUBSCRIBER, message(email)),
        );
        if (!created) throw new Fault(`${email} was not added`);
      },
      async emit(email) {
        await lastValueFrom(client.emit(ADD_SUBSCRIBER, message(email)));
      },
      subgraph: (email) => subgraph.add(email, SUBSCRIBER),
      gateway: (email) => gateway.add(email, SUBSCRIBER),
    },
    async close() {
      client.close();
      await Promise.all([subgraph.close(), gateway.close()]);
    },
  };
}
