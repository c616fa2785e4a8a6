import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Exit, exitText } from './exit.js';
import { Fault } from './fault.js';
import { subgraphProgram } from './services.js';
import type { Subgraph } from './subgraphs.js';

export interface ProgramOptions {
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program of a subgraph to its end. @returns its output
 * @throws Fault with `failure` and the program's messages when it fails
 */
export async function runSubgraphProgram(
  subgraph: Subgraph,
  program: string,
  failure: string,
  { env, signal }: ProgramOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const file = subgraphProgram(subgraph, program);
  if (!existsSync(file)) throw new Fault(`${file} is missing. Run "npm run build" first.`);
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A caller that can cancel it decides itself what Ctrl-C does.
    detached: signal !== undefined,
    ...(signal && { signal }),
  });
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve({ code, signal: by }));
  });
  const [exit, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (exit.code !== 0) throw new Fault(`${failure} (${exitText(exit)}):\n${(stderr || stdout).trim()}`);
  return { stdout, stderr };
}
