import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Fault } from '../fault.js';
import { subgraphProgram, type SubgraphName } from '../services.js';

const MAX_BYTES = 50_000_000;

/**
 * The SDL of a subgraph, printed from its code by its own program.
 * @throws Fault with what that program said
 */
export async function printSubgraph(subgraph: SubgraphName): Promise<string> {
  const program = subgraphProgram(subgraph, 'print-schema');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: MAX_BYTES });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Fault(`The schema of ${subgraph} could not be printed:\n${stderr?.trim() || message}`, {
      cause: error,
    });
  }
}
