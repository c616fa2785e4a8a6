import { parseNewEmail } from '@kit/mail';
import { type Checked, isName, NAME_RULE, parseAttributes, parseTags } from '../details.js';
import { invalidEmail, invalidInput, type SubscriberError } from '../subscriber-error.js';
import { parseId } from '../subscriber-id.js';
import type { Attributes } from '../subscriber.entity.js';

/** The unchecked input of an update. */
export interface UpdateSubscriberFields {
  readonly id: string;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly addTags?: readonly string[] | null;
  readonly removeTags?: readonly string[] | null;
  readonly attributes?: unknown;
  readonly expectedRevision?: number | null;
}

/** The checked input of an update. */
export interface UpdateSubscriberRequest {
  /** Null for an id that no subscriber can have. */
  readonly id: string | null;
  /** Undefined to leave the name, null to remove it. */
  readonly name: string | null | undefined;
  /** Undefined to leave the address. */
  readonly email: { readonly typed: string; readonly normalized: string } | undefined;
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  /** Those to set, and null for those to remove. */
  readonly attributes: Attributes;
  readonly expectedRevision: number | null;
}

/** @returns the request, or all its errors */
export function parseUpdateSubscriber(
  fields: UpdateSubscriberFields,
): { request: UpdateSubscriberRequest } | { errors: SubscriberError[] } {
  const errors: SubscriberError[] = [];
  const check = <Value>(field: string, { value, fault }: Checked<Value>, otherwise: Value): Value => {
    if (fault === null) return value;
    errors.push(invalidInput(field, fault));
    return otherwise;
  };
  const name = fields.name === undefined ? undefined : fields.name?.trim() || null;
  if (name && !isName(name)) errors.push(invalidInput('name', NAME_RULE));
  const email = parseTypedEmail(fields.email ?? null, errors);
  const request = {
    id: parseId(fields.id),
    name,
    email,
    addTags: check('addTags', parseTags(fields.addTags ?? []), []),
    removeTags: check('removeTags', parseTags(fields.removeTags ?? []), []),
    attributes: check('attributes', parseAttributes(fields.attributes ?? {}), {}),
    expectedRevision: fields.expectedRevision ?? null,
  };
  return errors.length > 0 ? { errors } : { request };
}

function parseTypedEmail(email: string | null, errors: SubscriberError[]): UpdateSubscriberRequest['email'] {
  if (email === null) return undefined;
  const typed = email.trim();
  const address = parseNewEmail(typed);
  if (address.fault === null) return { typed, normalized: address.normalized };
  errors.push(invalidEmail(address.fault));
  return undefined;
}
