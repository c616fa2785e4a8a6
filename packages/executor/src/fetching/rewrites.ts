import type { FetchDataRewrite } from '@apollo/query-planner';
import { isAbstractType, type GraphQLSchema } from 'graphql';
import { merged } from './merge.js';
import { own, put, type Data } from '../own.js';

const FRAGMENT = '... on ';

/** Whether an object of a type meets a type condition. The type may be an interface that stands for an object. */
export function meets(schema: GraphQLSchema, typename: string, condition: string): boolean {
  if (typename === condition) return true;
  const [type, conditional] = [schema.getType(typename), schema.getType(condition)];
  if (!type || !isAbstractType(conditional)) return false;
  return schema.isSubType(conditional, type as never);
}

/**
 * Applies the planner's changes of a representation or an answer: values to set, and keys to rename. Objects without
 * `__typename` meet all type conditions.
 */
export function rewrite(rewrites: readonly FetchDataRewrite[], value: unknown, schema: GraphQLSchema): void {
  for (const each of rewrites) apply(each, 0, value, schema);
}

function apply(change: FetchDataRewrite, at: number, value: unknown, schema: GraphQLSchema): void {
  if (Array.isArray(value)) for (const item of value) apply(change, at, item, schema);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const object = value as Data;
  const step = change.path[at]!;
  if (step.startsWith(FRAGMENT)) {
    const typename = own(object, '__typename');
    const isMet = typeof typename !== 'string' || meets(schema, typename, step.slice(FRAGMENT.length));
    if (isMet) apply(change, at + 1, object, schema);
  } else if (at < change.path.length - 1) {
    apply(change, at + 1, own(object, step), schema);
  } else if (change.kind === 'ValueSetter') {
    put(object, step, change.setValueTo);
  } else if (Object.hasOwn(object, step)) {
    put(object, change.renameKeyTo, merged(own(object, change.renameKeyTo), object[step], false));
    delete object[step];
  }
}
