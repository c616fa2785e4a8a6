import { createServer } from 'node:http';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { ownTask } from '../child.js';
import { monotonicMs } from '../monotonic.js';
import { ReadyEvents } from './ready-events.js';

/** Each message to the process after its start is an event for all watchers. */
export interface PlainServerTask {
  readonly port: number;
}

/** Sent just before an event is published. Milliseconds of `monotonicMs`. */
export interface PlainServerReport {
  readonly at: number;
}

/** A server without federation, as graphql-ws's documentation shows it, with the same fields as the gateway. */
const schema = buildSchema(`
  type Query { unused: Boolean }
  type Subscription { subscriberAdded(after: String, bookmarks: Boolean): SubscriberAddedEvent! }
  type SubscriberAddedEvent { cursor: String! occurredAt: String! subscriber: Subscriber }
  type Subscriber { id: ID! email: String! addedBy: User }
  type User { displayName: String! }
`);

const { port } = ownTask() as PlainServerTask;
const events = new ReadyEvents({ cursor: '', occurredAt: '', subscriber: null });
const server = createServer();
useServer(
  { schema, roots: { subscription: { subscriberAdded: () => events.watch() } } },
  new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }),
);
process.on('message', (event: object) => {
  process.send?.({ at: monotonicMs() } satisfies PlainServerReport);
  events.publish(event);
});
process.once('disconnect', () => process.exit(0));
server.listen(port, '127.0.0.1', () => process.send?.('listening'));
