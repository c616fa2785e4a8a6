/** Where a subscriber stands between asking for mail and being forgotten. */
export const SubscriberStatus = {
  PENDING: 'PENDING',
  ACTIVE: 'ACTIVE',
  UNSUBSCRIBED: 'UNSUBSCRIBED',
  BOUNCED: 'BOUNCED',
  COMPLAINED: 'COMPLAINED',
  ERASED: 'ERASED',
} as const;

export type SubscriberStatus = keyof typeof SubscriberStatus;
