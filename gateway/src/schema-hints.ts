import type { ErrorFormatter } from '@supergraph/service/format-error';

/** graphql-js tells what a name or a value might have been meant to be, also where Apollo Server does not hide it. */
const HINT = / ?Did you mean [^?]*(?:\?|$)/g;

/** Formats without a word of what else there is in the schema. */
export function withoutHints(format: ErrorFormatter): ErrorFormatter {
  return (formatted, thrown) => {
    const { message } = formatted;
    // Before it is cut to its length, which could be in the middle of a hint.
    return message.includes('Did you mean')
      ? format({ ...formatted, message: message.replace(HINT, '') }, thrown)
      : format(formatted, thrown);
  };
}
