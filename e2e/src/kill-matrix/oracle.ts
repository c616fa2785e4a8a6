import { matches, type SubscriberFilter } from './filter.js';
import type { Named, Subscriber, Truth } from './truth.js';

export const FAULTS = ['lost', 'repeated', 'out of order', 'invented', 'gap', 'misjoined'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Finding {
  readonly fault: FaultKind;
  readonly what: string;
}

/**
 * Whether the log is what it has to be: dense from 1, each subscriber in it once and nobody else, and all who were
 * acknowledged among them. Who was not acknowledged may be there or not, yet never in the list and not in the log.
 */
export function checkLog(acknowledged: readonly Named[], { subscribers, log }: Truth): Finding[] {
  const findings: Finding[] = [];
  const emails = new Map(subscribers.map(({ id, email }) => [id, email]));
  for (const { id, email } of acknowledged) {
    if (emails.get(id) !== email) findings.push(lost(`${email} (${id}), acknowledged, from the list`));
  }
  log.forEach(({ seq }, index) => {
    const before = log[index - 1]?.seq ?? 0;
    if (seq !== before + 1) findings.push({ fault: 'gap', what: `the log goes on from ${before} to ${seq}` });
  });
  const logged = new Set<string>();
  for (const { seq, subscriberId } of log) {
    if (logged.has(subscriberId))
      findings.push({ fault: 'repeated', what: `${subscriberId} in the log at ${seq}` });
    if (!emails.has(subscriberId))
      findings.push({ fault: 'invented', what: `${subscriberId} in the log at ${seq}` });
    logged.add(subscriberId);
  }
  for (const { id, email } of subscribers) {
    if (!logged.has(id)) findings.push(lost(`${email} (${id}), on the list, from the log`));
  }
  return findings;
}

/** What a watcher with this filter has to see who watches from before the first addition on, in order. */
export function expectedEvents({ subscribers, log }: Truth, filter: SubscriberFilter): Subscriber[] {
  const byId = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  return log.flatMap(({ subscriberId }) => {
    const subscriber = byId.get(subscriberId);
    return subscriber && matches(filter, subscriber) ? [subscriber] : [];
  });
}

/** Whether a watcher saw what it had to see: each once, in order, and nobody else. */
export function checkWatcher(
  watcher: string,
  expected: readonly Subscriber[],
  seen: readonly Named[],
): Finding[] {
  const findings: Finding[] = [];
  const positions = new Map(expected.map(({ id }, index) => [id, index]));
  const told = new Set<string>();
  let previous = -1;
  seen.forEach(({ id, email }, index) => {
    const what = `${email} (${id}) at watcher ${watcher}, event ${index + 1} of ${seen.length}`;
    const position = positions.get(id);
    if (position === undefined || expected[position]?.email !== email) {
      findings.push({ fault: 'invented', what });
      return;
    }
    if (told.has(id)) findings.push({ fault: 'repeated', what });
    if (position < previous) findings.push({ fault: 'out of order', what });
    told.add(id);
    previous = position;
  });
  expected.forEach(({ id, email }, index) => {
    if (told.has(id)) return;
    findings.push(
      lost(`${email} (${id}) at watcher ${watcher}, ${index + 1} of ${expected.length} expected`),
    );
  });
  return findings;
}

function lost(what: string): Finding {
  return { fault: 'lost', what };
}
