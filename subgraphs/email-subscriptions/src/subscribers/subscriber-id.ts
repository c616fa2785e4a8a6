import { isId } from '@kit/database';

/** The canonical form of an id; null for text that is not a UUID. */
export function parseId(text: string): string | null {
  return isId(text) ? text.toLowerCase() : null;
}
