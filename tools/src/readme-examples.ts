import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from './repository.js';

const run = promisify(execFile);
const RUN_MS = 60_000;

/** A block of TypeScript, and the block of text that it prints. */
const EXAMPLE = /^```ts\n(.*?)^```$.*?^```text\n(.*?)^```$/ms;

/** The program in the README of a package. */
export interface ReadmeExample {
  readonly code: string;
  /** The output, as the README shows it. */
  readonly output: string;
}

export const packageNames = readdirSync(path.join(repositoryRoot, 'packages')).toSorted();

/** The examples are one TypeScript project, next to the tests, so that they are compiled once. */
const project = path.join(repositoryRoot, 'tools/dist/readmes');

/** @throws Error when the package has no README, or the README has no example */
export function readme(name: string): { text: string; example: ReadmeExample } {
  const text = readFileSync(path.join(repositoryRoot, 'packages', name, 'README.md'), 'utf8');
  const [, code, output] = EXAMPLE.exec(text) ?? [];
  if (code === undefined || output === undefined) {
    throw new Error(
      `The README of ${name} needs a block of ts and, after it, a block of text that it prints.`,
    );
  }
  return { text, example: { code, output } };
}

/** Compiles all examples exactly as printed, with the settings of this repository. Returns the compiler's errors. */
export async function compileExamples(examples: ReadonlyMap<string, ReadmeExample>): Promise<string> {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(path.join(project, 'src'), { recursive: true });
  for (const [name, { code }] of examples) writeFileSync(path.join(project, 'src', `${name}.ts`), code);
  writeFileSync(
    path.join(project, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.json',
      compilerOptions: { declaration: false, composite: false, incremental: true },
    }),
  );
  const compiler = path.join(repositoryRoot, 'node_modules/.bin/tsc');
  const { stdout } = await run(compiler, ['-p', project]).catch((error: { stdout: string }) => error);
  return stdout;
}

/** Runs a compiled example in the root folder. Returns what it prints. */
export async function runExample(name: string, environment: Record<string, string>): Promise<string> {
  const { stdout } = await run(process.execPath, [path.join(project, 'dist', `${name}.js`)], {
    cwd: repositoryRoot,
    env: environment,
    timeout: RUN_MS,
  });
  return stdout;
}
