/** Where a subscriber stands. */
export const SubscriberStatus = { ACTIVE: 'ACTIVE' } as const;

export type SubscriberStatus = keyof typeof SubscriberStatus;
