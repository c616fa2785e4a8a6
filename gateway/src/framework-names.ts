import type { ErrorFormatter } from '@supergraph/service/format-error';

/** Messages of Apollo Server that name a framework to the client, by their beginning, and what it says instead. */
const REPLACEMENTS: readonly (readonly [beginning: string, replacement: string])[] = [
  ['GraphQL introspection is not allowed by Apollo Server', 'Introspection is switched off here.'],
  ["GraphQL queries must be strings. It looks like you're sending", 'GraphQL queries must be strings.'],
];

/** Formats messages without the names of the frameworks that this gateway is made of. */
export function withoutFrameworkNames(format: ErrorFormatter): ErrorFormatter {
  return (formatted, thrown) => {
    const found = REPLACEMENTS.find(([beginning]) => formatted.message.startsWith(beginning));
    return format(found ? { ...formatted, message: found[1] } : formatted, thrown);
  };
}
