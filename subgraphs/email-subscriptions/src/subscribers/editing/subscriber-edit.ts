import { isDeepStrictEqual } from 'node:util';
import { MOST_TAGS_RULE, parseAttributes, withAttributes, withTags } from '../details.js';
import type { SubscriberFields } from '../life/subscriber-changes.js';
import { invalidInput, type SubscriberError } from '../subscriber-error.js';
import type { Attributes, SubscriberEntity } from '../subscriber.entity.js';
import type { UpdateSubscriberRequest } from './update-subscriber-request.js';

/** What an update changes. */
export interface SubscriberEdit {
  readonly set: Partial<SubscriberFields>;
  /** The names of the fields in GraphQL. Empty if the subscriber already is as requested. */
  readonly changed: readonly string[];
  /** Whether the subscriber gets another address, not only another spelling of it. */
  readonly changesAddress: boolean;
}

/** Compares a request with the subscriber. @returns the differences, or what is wrong with the result */
export function editOf(
  subscriber: SubscriberEntity,
  request: UpdateSubscriberRequest,
): SubscriberEdit | { readonly errors: SubscriberError[] } {
  const { email, name } = request;
  const tags = withTags(subscriber.tags, request.addTags, request.removeTags);
  const attributes = parseAttributes(asStored(withAttributes(subscriber.attributes, request.attributes)));
  const errors: SubscriberError[] = [];
  if (tags === null) errors.push(invalidInput('addTags', MOST_TAGS_RULE));
  if (attributes.fault !== null) errors.push(invalidInput('attributes', attributes.fault));
  if (tags === null || attributes.fault !== null) return { errors };

  const changesAddress = email !== undefined && email.normalized !== subscriber.emailNormalized;
  const differences: Partial<SubscriberFields> = {
    ...(name !== undefined && name !== subscriber.name && { name }),
    ...(email !== undefined && email.typed !== subscriber.email && { email: email.typed }),
    ...(!haveEqualMembers(tags, subscriber.tags) && { tags }),
    ...(!isDeepStrictEqual(attributes.value, subscriber.attributes) && { attributes: attributes.value }),
  };
  const set = {
    ...differences,
    ...(changesAddress && {
      email: email.typed,
      emailNormalized: email.normalized,
      confirmedAt: null,
      softBounces: 0,
    }),
  };
  const changed = ['email', 'name', 'tags', 'attributes'].filter((field) => Object.hasOwn(set, field));
  return { set, changed, changesAddress };
}

/** As `jsonb` returns it: without differences that JSON does not have, such as -0. */
function asStored(attributes: Attributes): Attributes {
  return JSON.parse(JSON.stringify(attributes)) as Attributes;
}

function haveEqualMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag) => b.includes(tag));
}
