import type { SubscriberEntity } from '../subscriber.entity.js';

/** Everything that can be wrong with a change of the list. */
export const SubscriberErrorCode = {
  INVALID_INPUT: 'INVALID_INPUT',
  INVALID_EMAIL: 'INVALID_EMAIL',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED',
} as const;

/** An expected outcome other than success, for whoever filled in the form. It never repeats what was typed. */
export interface SubscriberError {
  readonly code: keyof typeof SubscriberErrorCode;
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
  message: 'This address is on the list already.',
  field: ['input', 'email'],
  existing,
});

export const idempotencyKeyReused = (): SubscriberError => ({
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'This idempotency key was used with another input.',
  field: ['input', 'idempotencyKey'],
  existing: null,
});
