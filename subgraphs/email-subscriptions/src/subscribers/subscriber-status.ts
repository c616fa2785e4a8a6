/** The status of a subscriber. */
export const SubscriberStatus = { ACTIVE: 'ACTIVE' } as const;

export type SubscriberStatus = keyof typeof SubscriberStatus;
