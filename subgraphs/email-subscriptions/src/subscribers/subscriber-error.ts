import type { SubscriberEntity } from './subscriber.entity.js';

/** The reasons why a change to the list can fail. */
export type SubscriberErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_EMAIL'
  | 'ALREADY_EXISTS'
  | 'SUPPRESSED'
  | 'NOT_FOUND'
  | 'STALE_REVISION'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INVALID_TOKEN'
  | 'RATE_LIMITED';

/** An expected failure of a request. Its message never quotes the input. */
export interface SubscriberError {
  readonly code: SubscriberErrorCode;
  readonly message: string;
  readonly field: string[] | null;
  readonly existing: SubscriberEntity | null;
}

export const invalidEmail = (message: string): SubscriberError => ({
  code: 'INVALID_EMAIL',
  message,
  field: ['input', 'email'],
  existing: null,
});

export const invalidInput = (field: string, message: string): SubscriberError => ({
  code: 'INVALID_INPUT',
  message,
  field: ['input', field],
  existing: null,
});

export const alreadyExists = (existing: SubscriberEntity): SubscriberError => ({
  code: 'ALREADY_EXISTS',
  message: 'The address is already on the list.',
  field: ['input', 'email'],
  existing,
});

/** @param existing the subscriber who unsubscribed or complained; null for an erased address */
export const suppressed = (existing: SubscriberEntity | null): SubscriberError => ({
  code: 'SUPPRESSED',
  message: 'The owner of the address does not want mail. Only a new sign-up by the owner can change this.',
  field: ['input', 'email'],
  existing,
});

/** Whether only the owner of the address can make the subscriber active again. */
export function isOptedOut({ status }: Pick<SubscriberEntity, 'status'>): boolean {
  return status === 'UNSUBSCRIBED' || status === 'COMPLAINED';
}

export const notFound = (): SubscriberError => ({
  code: 'NOT_FOUND',
  message: 'No subscriber has this id, or it was erased.',
  field: ['input', 'id'],
  existing: null,
});

export const addressNotFound = (): SubscriberError => ({
  code: 'NOT_FOUND',
  message: 'No subscriber has this address.',
  field: ['input', 'email'],
  existing: null,
});

export const staleRevision = (existing: SubscriberEntity): SubscriberError => ({
  code: 'STALE_REVISION',
  message: 'The subscriber was changed in the meantime. Load it again and repeat the change.',
  field: ['input', 'expectedRevision'],
  existing,
});

export const invalidToken = (): SubscriberError => ({
  code: 'INVALID_TOKEN',
  message: 'The link is not valid, or it has expired. Sign up again to get a new one.',
  field: ['input', 'token'],
  existing: null,
});

export const rateLimited = (field: string, message: string): SubscriberError => ({
  code: 'RATE_LIMITED',
  message,
  field: ['input', field],
  existing: null,
});

export const idempotencyKeyReused = (): SubscriberError => ({
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'The idempotency key was already used with a different input. Use a new key for a new request.',
  field: ['input', 'idempotencyKey'],
  existing: null,
});

export const invalidUnsubscribeToken = (): SubscriberError => ({
  code: 'INVALID_TOKEN',
  message: 'The link is not valid. Copy the whole link from a mail.',
  field: ['input', 'token'],
  existing: null,
});

export const tooManySignUps = (): SubscriberError => ({
  code: 'RATE_LIMITED',
  message: 'Too many people are signing up at the moment. Try again in a few minutes.',
  field: null,
  existing: null,
});
