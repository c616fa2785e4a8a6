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
import type { SignUpEntity } from './sign-up.entity.js';

const LONGEST_ORIGIN = 2_048;
const ORIGIN = plainText(LONGEST_ORIGIN);

/** The unchecked input of a sign-up form. */
export interface SignUpFields {
  readonly email: string;
  readonly name?: string | null;
  readonly tags?: readonly string[] | null;
  readonly attributes?: unknown;
  readonly origin?: string | null;
  readonly consentText?: string | null;
}

/** The names of the tags and attributes that a sign-up form may set. */
export interface SignUpRules {
  readonly tags: readonly string[];
  readonly attributes: readonly string[];
}

/** The checked input of a sign-up form. */
export type SignUpRequest = Pick<
  SignUpEntity,
  'email' | 'emailNormalized' | 'name' | 'tags' | 'attributes' | 'origin' | 'consentText'
>;

/** @returns the request, or all its errors */
export function parseSignUp(
  fields: SignUpFields,
  rules: SignUpRules,
): { request: SignUpRequest } | { errors: SubscriberError[] } {
  const email = fields.email.trim();
  const name = fields.name?.trim() || null;
  const origin = fields.origin?.trim() || null;
  const consentText = fields.consentText?.trim() || null;
  const address = parseNewEmail(email);
  const tags = parseTags(fields.tags ?? []);
  const attributes = parseAttributes(fields.attributes ?? {});

  const errors: SubscriberError[] = [];
  const reject = (field: string, rule: string) => errors.push(invalidInput(field, rule));
  if (address.fault !== null) errors.push(invalidEmail(address.fault));
  if (name !== null && !isName(name)) reject('name', NAME_RULE);
  if (tags.fault !== null) reject('tags', tags.fault);
  else if (!tags.value.every((tag) => rules.tags.includes(tag))) {
    reject('tags', 'Use only tags that the owner of the list allows in sign-up forms.');
  }
  if (attributes.fault !== null) reject('attributes', attributes.fault);
  else if (!Object.keys(attributes.value).every((key) => rules.attributes.includes(key))) {
    reject('attributes', 'Use only attributes that the owner of the list allows in sign-up forms.');
  }
  if (origin !== null && !ORIGIN.test(origin)) {
    reject('origin', `Use an origin of at most ${LONGEST_ORIGIN} characters, without control characters.`);
  }
  if (consentText !== null && !isConsentText(consentText)) reject('consentText', CONSENT_TEXT_RULE);

  if (address.fault !== null || tags.fault !== null || attributes.fault !== null || errors.length > 0) {
    return { errors };
  }
  return {
    request: {
      email,
      emailNormalized: address.normalized,
      name,
      tags: tags.value,
      attributes: withAttributes({}, attributes.value),
      origin,
      consentText,
    },
  };
}
