import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLInputType,
} from 'graphql';
import type { Random } from '../random.js';

/** A literal. `nested` gives the values in lists and input objects. */
export function literal(
  type: GraphQLInputType,
  random: Random,
  nested: (type: GraphQLInputType) => string = (inner) => literal(inner, random),
): string {
  if (!isNonNullType(type) && random.chance(0.1)) return 'null';
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const item = random.chance(0.15) ? literal(inner.ofType, random, nested) : 'null';
    // One item may stand for a list, but null stands for no list.
    if (item !== 'null') return item;
    return `[${Array.from({ length: random.between(0, 2) }, () => nested(inner.ofType)).join(', ')}]`;
  }
  if (isEnumType(inner)) return random.pick(inner.getValues()).name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter(
      (field) => isRequiredInputField(field) || random.chance(0.3),
    );
    return `{ ${fields.map((field) => `${field.name}: ${nested(field.type)}`).join(', ')} }`;
  }
  return random.pick(SCALARS[inner.name] ?? JSON_LITERALS);
}

const SCALARS: Readonly<Record<string, readonly string[]>> = {
  Int: ['0', '-1', '2', '2147483647'],
  Float: ['0', '1.5', '-2e3'],
  String: ['""', '"a \\"b\\" é"', '"__proto__"', '"""block"""'],
  Boolean: ['true', 'false'],
  ID: ['"x"', '7', '"id 1"'],
};
const JSON_LITERALS = ['1', '"text"', '{ a: [1, { b: null }] }', '[]', 'true', 'ENUM_LIKE'];
