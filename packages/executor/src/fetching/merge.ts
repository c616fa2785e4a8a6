import { isObjectType, type GraphQLSchema } from 'graphql';
import { isObject, own, put, type Data } from '../own.js';

/**
 * Merges an answer into an object. Objects are merged field by field, lists of equal length item by item, and other
 * values are replaced, but not by null.
 * @param isShared whether the answer is merged into other objects too, so that its objects must be copied
 */
export function mergeInto(target: Data, answer: Data, isShared: boolean): void {
  for (const key of Object.keys(answer)) put(target, key, merged(own(target, key), answer[key], isShared));
}

/** Merges the answer for an entity. The entity keeps its type if the answer has only the name of an interface for it. */
export function mergeEntity(target: Data, answer: Data, isShared: boolean, schema: GraphQLSchema): void {
  const { __typename: known } = target;
  mergeInto(target, answer, isShared);
  if (known === undefined || target['__typename'] === known) return;
  if (!isObjectType(schema.getType(String(target['__typename'])))) target['__typename'] = known;
}

/** A value for a key that may have one already: see {@link mergeInto}. */
export function merged(before: unknown, value: unknown, isShared: boolean): unknown {
  if (value === null) return before ?? null;
  if (typeof value !== 'object') return value;
  if (isObject(value)) {
    if (!isObject(before)) return isShared ? copied(value) : value;
    mergeInto(before, value, isShared);
    return before;
  }
  const items = value as readonly unknown[];
  if (!Array.isArray(before) || before.length !== items.length) return isShared ? copied(items) : items;
  for (let n = 0; n < items.length; n += 1) before[n] = merged(before[n], items[n], isShared);
  return before;
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isObject(value)) return value;
  const copy: Data = {};
  for (const key of Object.keys(value)) put(copy, key, copied(value[key]));
  return copy;
}
