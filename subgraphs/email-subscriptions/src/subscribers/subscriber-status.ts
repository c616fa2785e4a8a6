/** The statuses of a subscriber, in the order of a life. */
export const SUBSCRIBER_STATUSES = [
  'PENDING',
  'ACTIVE',
  'UNSUBSCRIBED',
  'BOUNCED',
  'COMPLAINED',
  'ERASED',
] as const;

/** The status of a subscriber, which follows from the facts. */
export type SubscriberStatus = (typeof SUBSCRIBER_STATUSES)[number];

/** What is known about whether a subscriber may and can get mail. A fact is the time since which it holds, or null. */
export interface SubscriberFacts {
  /** Since when a confirmation is awaited. Null once it came, and if none is required. */
  readonly pendingSince: Date | null;
  readonly bouncedAt: Date | null;
  readonly unsubscribedAt: Date | null;
  readonly complainedAt: Date | null;
  readonly erasedAt: Date | null;
}

/** The statuses that a fact causes, in the order of precedence. `subscribers_status_check` has the same order. */
const PRECEDENCE = [
  ['erasedAt', 'ERASED'],
  ['complainedAt', 'COMPLAINED'],
  ['unsubscribedAt', 'UNSUBSCRIBED'],
  ['bouncedAt', 'BOUNCED'],
  ['pendingSince', 'PENDING'],
] as const satisfies readonly (readonly [keyof SubscriberFacts, SubscriberStatus])[];

export const NO_FACTS: SubscriberFacts = {
  pendingSince: null,
  bouncedAt: null,
  unsubscribedAt: null,
  complainedAt: null,
  erasedAt: null,
};

export function statusOf(facts: SubscriberFacts): SubscriberStatus {
  return PRECEDENCE.find(([fact]) => facts[fact] !== null)?.[1] ?? 'ACTIVE';
}
