import { Kind, type TypeNode } from 'graphql';

export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** A type without its place in the document. */
export function plain(type: TypeNode): unknown {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : [type.kind, plain(type.type)];
}
