import type { SubscriberEntity } from '../subscriber.entity.js';

/** The reasons why a change to the list can fail. */
export type SubscriberErrorCode =
  'INVALID_INPUT' | 'INVALID_EMAIL' | 'ALREADY_EXISTS' | 'IDEMPOTENCY_KEY_REUSED';

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

export const idempotencyKeyReused = (): SubscriberError => ({
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'The idempotency key was already used with a different input. Use a new key for a new request.',
  field: ['input', 'idempotencyKey'],
  existing: null,
});
