import type { GraphQLError } from '../harness/http.js';

/** A row of the table `subscribers`. */
export interface Subscriber {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly addedBy: string;
}

export type Identity = Pick<Subscriber, 'id' | 'email'>;

/** The content of the database after the last kill. The log is in the order of `seq`. */
export interface Stored {
  readonly subscribers: readonly Subscriber[];
  /** The number of the log before the first one here. Default: 0. */
  readonly after?: number;
  readonly log: readonly { readonly seq: number; readonly subscriberId: string }[];
}

/** The `SubscriberFilter` of the schema, as far as the kill matrix uses it. */
export interface SubscriberFilter {
  readonly addedBy?: readonly string[];
  readonly query?: string;
}

/** The subscriber of an event, joined with the user who added it. */
export interface JoinedSubscriber extends Identity {
  readonly addedBy: { readonly displayName: string } | null;
}

export interface ReceivedEvent extends JoinedSubscriber {
  readonly errors: readonly Pick<GraphQLError, 'path' | 'extensions'>[];
}

export const FAULTS = ['lost', 'repeated', 'out of order', 'invented', 'gap', 'misjoined'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Finding {
  readonly fault: FaultKind;
  readonly what: string;
}

/**
 * Checks that `seq` has no gap, that the log has each stored subscriber once and no other, and that each
 * acknowledged subscriber is stored. An unacknowledged one may be stored or not.
 */
export function checkLog(
  acknowledged: readonly Identity[],
  { subscribers, after = 0, log }: Stored,
): Finding[] {
  const findings: Finding[] = [];
  const find = (fault: FaultKind, what: string) => void findings.push({ fault, what });
  const emails = new Map(subscribers.map(({ id, email }) => [id, email]));
  for (const { id, email } of acknowledged) {
    if (emails.get(id) !== email) find('lost', `${email} (${id}), acknowledged, is not stored`);
  }
  const logged = new Set<string>();
  log.forEach(({ seq, subscriberId }, index) => {
    const before = log[index - 1]?.seq ?? after;
    if (seq !== before + 1) find('gap', `the log jumps from ${before} to ${seq}`);
    if (logged.has(subscriberId)) find('repeated', `${subscriberId} in the log at ${seq}`);
    if (!emails.has(subscriberId)) find('invented', `${subscriberId} in the log at ${seq}`);
    logged.add(subscriberId);
  });
  for (const { id, email } of subscribers) {
    if (!logged.has(id)) find('lost', `${email} (${id}), stored, is not in the log`);
  }
  return findings;
}

/** The events that a watcher with this filter must receive, in order, when it watches from the first addition on. */
export function expectedEvents({ subscribers, log }: Stored, filter: SubscriberFilter): Subscriber[] {
  const byId = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  return log.flatMap(({ subscriberId }) => {
    const subscriber = byId.get(subscriberId);
    return subscriber && matches(filter, subscriber) ? [subscriber] : [];
  });
}

/** An independent implementation of the filter in the schema. */
function matches({ addedBy, query }: SubscriberFilter, { email, name, ...row }: Subscriber): boolean {
  const text = `${email}\n${name}`.toLowerCase();
  return (addedBy?.includes(row.addedBy) ?? true) && text.includes(query?.toLowerCase() ?? '');
}

/** Checks that a watcher received each expected event once, in order, and no other. */
export function checkWatcher(
  watcher: string,
  expected: readonly Subscriber[],
  events: readonly Identity[],
): Finding[] {
  const findings: Finding[] = [];
  const positions = new Map(expected.map(({ id }, index) => [id, index]));
  const received = new Set<string>();
  let previous = -1;
  events.forEach(({ id, email }, index) => {
    const what = `${email} (${id}) at watcher ${watcher}, event ${index + 1} of ${events.length}`;
    const position = positions.get(id);
    if (position === undefined || expected[position]?.email !== email) {
      findings.push({ fault: 'invented', what });
      return;
    }
    if (received.has(id)) findings.push({ fault: 'repeated', what });
    if (position < previous) findings.push({ fault: 'out of order', what });
    received.add(id);
    previous = position;
  });
  expected.forEach(({ id, email }, index) => {
    const what = `${email} (${id}) at watcher ${watcher}, ${index + 1} of ${expected.length} expected`;
    if (!received.has(id)) findings.push({ fault: 'lost', what });
  });
  return findings;
}

/** The only error that allows an event without `addedBy`. */
const USERS_DOWN = JSON.stringify([['subscriberAdded', 'subscriber', 'addedBy'], 'SUBGRAPH_UNAVAILABLE']);

/**
 * Checks that each event has the right `addedBy`, or the error that users is down.
 * @param displayNames by user id
 */
export function checkJoins(
  watcher: string,
  subscribers: readonly Subscriber[],
  events: readonly ReceivedEvent[],
  displayNames: ReadonlyMap<string, string>,
): Finding[] {
  const byId = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  return events.flatMap(({ id, email, addedBy, errors }): Finding[] => {
    const subscriber = byId.get(id);
    // `checkWatcher` reports an unknown subscriber.
    if (!subscriber) return [];
    const reasons = errors.map(({ path, extensions }) => JSON.stringify([path, extensions.code]));
    const isRight = addedBy
      ? addedBy.displayName === displayNames.get(subscriber.addedBy) && reasons.length === 0
      : reasons.length === 1 && reasons[0] === USERS_DOWN;
    const what = `${email} (${id}) at watcher ${watcher}, added by ${addedBy?.displayName}, ${reasons.join()}`;
    return isRight ? [] : [{ fault: 'misjoined', what }];
  });
}
