import { Kind, type FieldNode, type SelectionSetNode } from 'graphql';

/** Reads the fields of an object, whatever it is. */
export interface Reader<T> {
  readonly isObject: (value: unknown) => value is T;
  readonly typename: (object: T) => string;
  readonly field: (object: T, node: FieldNode) => unknown;
}

/** The fields of an object that a selection names, in the order of the selection. */
export function canonical<T>(object: T, selectionSet: SelectionSetNode, reader: Reader<T>): unknown {
  const fields: [string, unknown][] = [];
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      const value = reader.field(object, selection);
      fields.push([selection.name.value, nested(value, selection.selectionSet, reader)]);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (selection.typeCondition?.name.value === reader.typename(object))
        fields.push(['...', canonical(object, selection.selectionSet, reader)]);
    }
  }
  return fields;
}

function nested<T>(value: unknown, selectionSet: SelectionSetNode | undefined, reader: Reader<T>): unknown {
  if (Array.isArray(value) && selectionSet) return value.map((each) => nested(each, selectionSet, reader));
  return selectionSet && reader.isObject(value) ? canonical(value, selectionSet, reader) : value;
}

/** Reads what the gateway sent. */
export const representationReader: Reader<Record<string, unknown>> = {
  isObject: (value): value is Record<string, unknown> => typeof value === 'object' && value !== null,
  typename: (object) => String(object['__typename']),
  field: (object, { name }) =>
    Object.hasOwn(object, name.value) ? object[name.value] : 'NOT IN THE REPRESENTATION',
};
