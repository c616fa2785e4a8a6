import { parseNewEmail } from '@kit/mail';
import { plainText, visibleName } from '@kit/subgraph';
import { invalidEmail, invalidInput, type SubscriberError } from './subscriber-error.js';

const LONGEST_NAME = 200;
const NAME = visibleName(LONGEST_NAME);

const LONGEST_IDEMPOTENCY_KEY = 255;
const IDEMPOTENCY_KEY = plainText(LONGEST_IDEMPOTENCY_KEY);

/** The behaviour for an address that is already on the list. */
export const ON_EXISTING = ['RETURN', 'FAIL'] as const;
export type OnExisting = (typeof ON_EXISTING)[number];

/** The unchecked input of an addition. */
export interface AddSubscriberFields {
  readonly email: string;
  readonly name?: string | null;
  readonly onExisting?: OnExisting | null;
  readonly idempotencyKey?: string | null;
}

/** The checked input of an addition. */
export interface AddSubscriberRequest {
  readonly email: string;
  readonly emailNormalized: string;
  readonly name: string | null;
  readonly onExisting: OnExisting;
  readonly idempotencyKey: string | null;
}

/** @returns the request, or all its errors */
export function parseAddSubscriber(
  fields: AddSubscriberFields,
): { request: AddSubscriberRequest } | { errors: SubscriberError[] } {
  const email = fields.email.trim();
  const address = parseNewEmail(email);
  const name = fields.name?.trim() || null;
  const idempotencyKey = fields.idempotencyKey ?? null;

  const errors: SubscriberError[] = [];
  if (address.fault !== null) errors.push(invalidEmail(address.fault));
  if (name !== null && !NAME.test(name)) {
    errors.push(
      invalidInput(
        'name',
        `Use a name of at most ${LONGEST_NAME} characters, with at least one visible character and no control characters.`,
      ),
    );
  }
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    errors.push(
      invalidInput(
        'idempotencyKey',
        `Use an idempotency key of 1 to ${LONGEST_IDEMPOTENCY_KEY} characters, without control characters.`,
      ),
    );
  }
  if (address.fault !== null || errors.length > 0) return { errors };
  const emailNormalized = address.normalized;
  return {
    request: { email, emailNormalized, name, onExisting: fields.onExisting ?? 'RETURN', idempotencyKey },
  };
}
