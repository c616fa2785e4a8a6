import type { GraphQLError } from '../harness/http.js';
import type { Finding } from './oracle.js';
import type { Named, Subscriber } from './truth.js';

export interface ToldSubscriber extends Named {
  readonly addedBy: { readonly displayName: string } | null;
}

/** Whom an event named, joined with who added them, and what the event said was wrong with it. */
export interface Told extends ToldSubscriber {
  readonly errors: readonly Pick<GraphQLError, 'path' | 'extensions'>[];
}

/** The one excuse for an event without who added the subscriber: the subgraph that knows is away. */
const EXCUSE = JSON.stringify([['subscriberAdded', 'subscriber', 'addedBy'], 'SUBGRAPH_UNAVAILABLE']);

/**
 * Whether everybody whom a watcher was told of came with who added them, or without and the event said why.
 * @param displayNames of those who add, by user id
 */
export function checkJoins(
  watcher: string,
  subscribers: readonly Subscriber[],
  seen: readonly Told[],
  displayNames: ReadonlyMap<string, string>,
): Finding[] {
  const byId = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  return seen.flatMap(({ id, email, addedBy, errors }): Finding[] => {
    const subscriber = byId.get(id);
    // Who is not there is found elsewhere.
    if (!subscriber) return [];
    const excuses = errors.map(({ path, extensions }) => JSON.stringify([path, extensions.code]));
    const isRight = addedBy
      ? addedBy.displayName === displayNames.get(subscriber.addedBy) && excuses.length === 0
      : excuses.length === 1 && excuses[0] === EXCUSE;
    const what = `${email} (${id}) at watcher ${watcher}, added by ${addedBy?.displayName}, ${excuses.join()}`;
    return isRight ? [] : [{ fault: 'misjoined', what }];
  });
}
