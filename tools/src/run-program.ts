import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ProgramOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node.js program with exactly this environment, until it exits. */
export function runProgram(file: URL, env: Readonly<Record<string, string>>): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [fileURLToPath(file)], { env }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
