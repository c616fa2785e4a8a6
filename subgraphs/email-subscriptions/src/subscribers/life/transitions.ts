import type { SubscriberFacts, SubscriberStatus } from '../subscriber-status.js';

/** The kinds of changes, in history and in events. */
export const SUBSCRIBER_CHANGES = [
  'ADDED',
  'CONFIRMED',
  'UPDATED',
  'UNSUBSCRIBED',
  'BOUNCED',
  'COMPLAINED',
  'ERASED',
] as const;
export type SubscriberChange = (typeof SUBSCRIBER_CHANGES)[number];

/** Who can cause a transition: staff with the scope, the subscriber by form or link, or an import. */
export type Cause = 'STAFF' | 'SUBSCRIBER' | 'IMPORT';

/** The status before a subscriber exists. */
export type Nobody = 'NOBODY';

/** One row of the state machine. `docs/subscribers.md` has the same table, and a test compares them. */
export interface Transition {
  /** What happens, in words. */
  readonly what: string;
  readonly kind: SubscriberChange;
  readonly by: readonly Cause[];
  /** The statuses afterwards, by the statuses before. A status that is absent does not allow the transition. */
  readonly to: Readonly<Partial<Record<SubscriberStatus | Nobody, SubscriberStatus>>>;
  /** The facts that it changes, at a time. */
  readonly facts: (at: Date) => Partial<SubscriberFacts>;
}

const CONFIRMED_FACTS = { pendingSince: null, bouncedAt: null, unsubscribedAt: null, complainedAt: null };

/** The state machine of a subscriber. */
export const TRANSITIONS = {
  ADD: {
    what: 'is added',
    kind: 'ADDED',
    by: ['STAFF', 'IMPORT'],
    to: { NOBODY: 'ACTIVE' },
    facts: () => ({}),
  },
  ADD_PENDING: {
    what: 'is added and has to confirm',
    kind: 'ADDED',
    by: ['STAFF', 'SUBSCRIBER', 'IMPORT'],
    to: { NOBODY: 'PENDING' },
    facts: (at) => ({ pendingSince: at }),
  },
  ADD_BOUNCED: {
    what: 'is added as bounced',
    kind: 'ADDED',
    by: ['IMPORT'],
    to: { NOBODY: 'BOUNCED' },
    facts: (at) => ({ bouncedAt: at }),
  },
  ADD_UNSUBSCRIBED: {
    what: 'is added as unsubscribed',
    kind: 'ADDED',
    by: ['IMPORT'],
    to: { NOBODY: 'UNSUBSCRIBED' },
    facts: (at) => ({ unsubscribedAt: at }),
  },
  ADD_COMPLAINED: {
    what: 'is added as complained',
    kind: 'ADDED',
    by: ['IMPORT'],
    to: { NOBODY: 'COMPLAINED' },
    facts: (at) => ({ complainedAt: at }),
  },
  CONFIRM: {
    what: 'confirms by the link in a mail',
    kind: 'CONFIRMED',
    by: ['SUBSCRIBER'],
    to: { PENDING: 'ACTIVE', BOUNCED: 'ACTIVE', UNSUBSCRIBED: 'ACTIVE', COMPLAINED: 'ACTIVE' },
    facts: () => CONFIRMED_FACTS,
  },
  EDIT: {
    what: 'gets another name, tags or attributes',
    kind: 'UPDATED',
    by: ['STAFF', 'IMPORT'],
    to: {
      PENDING: 'PENDING',
      ACTIVE: 'ACTIVE',
      UNSUBSCRIBED: 'UNSUBSCRIBED',
      BOUNCED: 'BOUNCED',
      COMPLAINED: 'COMPLAINED',
    },
    facts: () => ({}),
  },
  CHANGE_ADDRESS: {
    what: 'gets another address',
    kind: 'UPDATED',
    by: ['STAFF'],
    to: {
      PENDING: 'PENDING',
      ACTIVE: 'PENDING',
      BOUNCED: 'PENDING',
      UNSUBSCRIBED: 'UNSUBSCRIBED',
      COMPLAINED: 'COMPLAINED',
    },
    facts: (at) => ({ pendingSince: at, bouncedAt: null }),
  },
  UNSUBSCRIBE: {
    what: 'unsubscribes',
    kind: 'UNSUBSCRIBED',
    by: ['SUBSCRIBER', 'STAFF', 'IMPORT'],
    to: {
      PENDING: 'UNSUBSCRIBED',
      ACTIVE: 'UNSUBSCRIBED',
      BOUNCED: 'UNSUBSCRIBED',
      COMPLAINED: 'COMPLAINED',
    },
    facts: (at) => ({ unsubscribedAt: at }),
  },
  BOUNCE: {
    what: 'bounces once for good, or five times in a row',
    kind: 'BOUNCED',
    by: ['STAFF', 'IMPORT'],
    to: {
      PENDING: 'BOUNCED',
      ACTIVE: 'BOUNCED',
      UNSUBSCRIBED: 'UNSUBSCRIBED',
      COMPLAINED: 'COMPLAINED',
    },
    facts: (at) => ({ bouncedAt: at }),
  },
  COMPLAIN: {
    what: 'complains about a mail',
    kind: 'COMPLAINED',
    by: ['STAFF', 'IMPORT'],
    to: {
      PENDING: 'COMPLAINED',
      ACTIVE: 'COMPLAINED',
      UNSUBSCRIBED: 'COMPLAINED',
      BOUNCED: 'COMPLAINED',
    },
    facts: (at) => ({ complainedAt: at }),
  },
  ERASE: {
    what: 'is erased',
    kind: 'ERASED',
    by: ['STAFF'],
    to: {
      PENDING: 'ERASED',
      ACTIVE: 'ERASED',
      UNSUBSCRIBED: 'ERASED',
      BOUNCED: 'ERASED',
      COMPLAINED: 'ERASED',
    },
    facts: (at) => ({ erasedAt: at }),
  },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;

/** The row of the table, with the general type. */
export function transitionOf(name: TransitionName): Transition {
  return TRANSITIONS[name];
}

/** The kind of the log's events for a kind of change, such as `subscriber.added`. */
export function eventKindOf(change: SubscriberChange): string {
  return `subscriber.${change.toLowerCase()}`;
}

/** The kind of change of an event of the log. */
export function changeOfEvent(eventKind: string): SubscriberChange {
  return eventKind.slice(eventKind.indexOf('.') + 1).toUpperCase() as SubscriberChange;
}

/** The kinds of all events of subscribers. */
export const SUBSCRIBER_EVENTS = SUBSCRIBER_CHANGES.map(eventKindOf);
