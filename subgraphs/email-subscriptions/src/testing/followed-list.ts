import type { FilterFields } from '../subscribers/list/subscriber-filter.js';
import { READER, tokenFor } from './callers.js';
import type { GraphQLSocket } from './graphql-socket.js';

/** The fields of a subscriber that a list shows. */
export const SHOWN = 'id email name status tags attributes';

export interface Shown {
  readonly id: string;
}

interface Event {
  readonly kind: string | null;
  readonly subscriberId: string;
  readonly matches: boolean;
  readonly subscriber: Shown | null;
}

const WATCH = `subscription ($after: String, $filter: SubscriberFilter) {
  subscriberChanged(after: $after, bookmarks: true, filter: $filter) {
    kind subscriberId matches subscriber { ${SHOWN} }
  }
}`;

/** A list that a client keeps by `subscriberChanged` alone. */
export class FollowedList {
  private readonly subscribers = new Map<string, Shown>();

  private constructor(
    private readonly socket: GraphQLSocket,
    private readonly operation: string,
  ) {}

  /** Starts to watch on a socket that has no other watch: after a cursor, or from now on. */
  static async start(
    socket: GraphQLSocket,
    operation: string,
    variables: { readonly filter: FilterFields; readonly after?: string },
  ): Promise<FollowedList> {
    const list = new FollowedList(socket, operation);
    socket.subscribe(operation, WATCH, tokenFor(READER), variables);
    const { kind } = await list.next();
    if (kind !== null) throw new Error('the first event is not a bookmark');
    return list;
  }

  /** Reads this many changes, and ends the watch. @returns the list, in the order of ids */
  async read(changes: number): Promise<Shown[]> {
    for (let count = 0; count < changes;) {
      const { kind, subscriberId, matches, subscriber } = await this.next();
      if (kind === null) continue;
      count += 1;
      if (matches) this.subscribers.set(subscriberId, subscriber!);
      else this.subscribers.delete(subscriberId);
    }
    this.socket.send({ id: this.operation, type: 'complete' });
    return [...this.subscribers.values()].sort(byId);
  }

  private async next(): Promise<Event> {
    for (;;) {
      const { type, id, payload } = await this.socket.next();
      // Of an earlier watch, whose end the server did not know yet.
      if (id !== this.operation) continue;
      const { data } = (payload ?? {}) as { data?: { subscriberChanged: Event } };
      if (type !== 'next' || !data) throw new Error(`${type} ${JSON.stringify(payload)}`);
      return data.subscriberChanged;
    }
  }
}

export function byId(a: Shown, b: Shown): number {
  return a.id < b.id ? -1 : 1;
}
