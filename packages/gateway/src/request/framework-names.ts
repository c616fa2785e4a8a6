import type { ErrorFormatter } from '@kit/service';

/** Beginnings of Apollo Server's messages that name the framework, and their replacements. */
const REPLACEMENTS: readonly (readonly [beginning: string, replacement: string])[] = [
  ['GraphQL introspection is not allowed by Apollo Server', 'Introspection is disabled on this server.'],
  ["GraphQL queries must be strings. It looks like you're sending", 'GraphQL queries must be strings.'],
];

/** Wraps a formatter so that messages do not reveal the gateway's frameworks. */
export function withoutFrameworkNames(format: ErrorFormatter): ErrorFormatter {
  return (formatted, thrown) => {
    const found = REPLACEMENTS.find(([beginning]) => formatted.message.startsWith(beginning));
    return format(found ? { ...formatted, message: found[1] } : formatted, thrown);
  };
}
