import { eventually } from '../harness/eventually.js';
import { PATIENCE_MS } from './patience.js';

/** Waits for a condition as long as the patience of the kill matrix goes; fails with these words. */
export async function eventuallyOr<T>(
  otherwise: string,
  look: () => T | Promise<T>,
  isSo: (seen: T) => boolean,
): Promise<T> {
  try {
    return await eventually(look, isSo, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${otherwise}: ${(error as Error).message}`, { cause: error });
  }
}
