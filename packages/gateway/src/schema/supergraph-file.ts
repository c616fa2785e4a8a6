import { readFileSync } from 'node:fs';
import { StartUpError } from '@kit/service';

/**
 * Reads the composed supergraph.
 * @throws StartUpError when the file cannot be read
 */
export function readSupergraph(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartUpError(
      `the supergraph ${path} (SUPERGRAPH_FILE) cannot be read: ${(error as Error).message}`,
    );
  }
}
