import { registerEnumType } from '@nestjs/graphql';

/**
 * A GraphQL enum whose values are strings of the same names.
 * @param values the values with their descriptions, in the order of the schema
 * @returns the enum for `@Field(() => …)`
 */
export function enumType<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): { readonly [Name in Value]: Name } {
  const entries = Object.entries<string>(values);
  const type = Object.fromEntries(entries.map(([value]) => [value, value]));
  const valuesMap = Object.fromEntries(entries.map(([value, text]) => [value, { description: text }]));
  registerEnumType(type, { name, description, valuesMap });
  return type as { readonly [Name in Value]: Name };
}
