import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { exitText } from './exit.js';
import { Fault } from './fault.js';
import { subgraphProgram, type SubgraphName } from './services.js';

/**
 * Brings a subgraph's database to the schema that its code expects, by the subgraph's own program. What that program
 * writes to standard error is passed on.
 * @throws Fault with what that program said
 */
export async function migrate(
  subgraph: SubgraphName,
  databaseUrl: string,
  signal?: AbortSignal,
): Promise<void> {
  const program = subgraphProgram(subgraph, 'migrate');
  if (!existsSync(program)) throw new Fault(`${program} is missing. Run "npm run build" first.`);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(signal && { signal }),
  });
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : exitText({ code, signal })));
  });
  const [failure, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (failure === undefined) {
    // What a migration repaired, and what is left to do.
    process.stderr.write(stderr);
    return;
  }
  throw new Fault(
    `The database of ${subgraph} could not be migrated (${failure}):\n${(stderr || stdout).trim()}`,
  );
}
