import { parseNewEmail } from '@kit/mail';
import { plainText } from '@kit/subgraph';
import {
  CONSENT_TEXT_RULE,
  isConsentText,
  isName,
  NAME_RULE,
  parseAttributes,
  parseTags,
  withAttributes,
} from '../details.js';
import { invalidEmail, invalidInput, type SubscriberError } from '../subscriber-error.js';
import type { Attributes } from '../subscriber.entity.js';

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
  readonly tags?: readonly string[] | null;
  readonly attributes?: unknown;
  readonly requireConfirmation?: boolean | null;
  readonly consentText?: string | null;
}

/** The checked input of an addition. */
export interface AddSubscriberRequest {
  readonly email: string;
  readonly emailNormalized: string;
  readonly name: string | null;
  readonly onExisting: OnExisting;
  readonly idempotencyKey: string | null;
  readonly tags: string[];
  readonly attributes: Attributes;
  readonly requireConfirmation: boolean;
  readonly consentText: string | null;
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
  if (name !== null && !isName(name)) errors.push(invalidInput('name', NAME_RULE));
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    errors.push(
      invalidInput(
        'idempotencyKey',
        `Use an idempotency key of 1 to ${LONGEST_IDEMPOTENCY_KEY} characters, without control characters.`,
      ),
    );
  }
  const tags = parseTags(fields.tags ?? []);
  if (tags.fault !== null) errors.push(invalidInput('tags', tags.fault));
  const attributes = parseAttributes(fields.attributes ?? {});
  if (attributes.fault !== null) errors.push(invalidInput('attributes', attributes.fault));
  const consentText = fields.consentText?.trim() || null;
  if (consentText !== null && !isConsentText(consentText)) {
    errors.push(invalidInput('consentText', CONSENT_TEXT_RULE));
  }
  if (address.fault !== null || tags.fault !== null || attributes.fault !== null || errors.length > 0) {
    return { errors };
  }
  return {
    request: {
      email,
      emailNormalized: address.normalized,
      name,
      onExisting: fields.onExisting ?? 'RETURN',
      idempotencyKey,
      tags: tags.value,
      attributes: withAttributes({}, attributes.value),
      requireConfirmation: fields.requireConfirmation ?? false,
      consentText,
    },
  };
}
