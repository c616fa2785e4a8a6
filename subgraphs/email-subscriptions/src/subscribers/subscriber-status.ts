/** The status of a subscriber. */
export type SubscriberStatus = 'ACTIVE';
