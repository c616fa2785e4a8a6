import { validate } from 'uuid';

/** An id as the database spells it; null for text that is the id of nothing. */
export function parseId(text: string): string | null {
  return validate(text) ? text.toLowerCase() : null;
}
