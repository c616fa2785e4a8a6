import { LimitExceeded } from './limit-exceeded.js';
import { LIMITS } from './limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Why the JSON of a request is not even parsed; null when it may be. */
export function requestRefusal(json: string): LimitExceeded | null {
  const most = LIMITS.requestValues;
  // Nearly every request: as many values need as many characters.
  if (json.length <= most) return null;
  const values = requestValues(json);
  return values > most ? new LimitExceeded('requestValues', values, most, 'BAD_REQUEST') : null;
}

/**
 * How many values a JSON text has, at most: but for the first, each follows a comma or an opening bracket. It counts
 * what is outside of strings, in a fraction of the time in which `JSON.parse` makes objects of it; what is no JSON has as
 * many as it looks like.
 */
export function requestValues(json: string): number {
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = endOfString(json, at + 1);
    else if (char === COMMA || char === BRACKET || char === BRACE) values += 1;
  }
  return values;
}

/** Where the quote is that ends a string; the end of the text if there is none. */
function endOfString(json: string, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) return at;
    if (char === BACKSLASH) at += 1;
  }
  return json.length;
}
