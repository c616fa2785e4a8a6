import { validate } from 'uuid';

/** The canonical form of an id; null for text that is not a UUID. */
export function parseId(text: string): string | null {
  return validate(text) ? text.toLowerCase() : null;
}
