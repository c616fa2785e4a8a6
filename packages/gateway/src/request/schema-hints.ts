import type { ErrorFormatter } from '@kit/service';

/** graphql-js suggests similar names and values. Apollo Server hides only some of these suggestions. */
const HINT = / ?Did you mean [^?]*(?:\?|$)/g;

/** Wraps a formatter so that messages do not suggest names from the schema. */
export function withoutHints(format: ErrorFormatter): ErrorFormatter {
  return (formatted, thrown) => {
    const { message } = formatted;
    // Remove the hint before the formatter truncates the message, which could split the hint.
    return message.includes('Did you mean')
      ? format({ ...formatted, message: message.replace(HINT, '') }, thrown)
      : format(formatted, thrown);
  };
}
