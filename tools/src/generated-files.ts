import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from './fault.js';
import { repositoryRoot } from './repository.js';
import { writeAtomically } from './write-atomically.js';

/** A file that is generated from the code and committed. */
export interface GeneratedFile {
  /** Relative to the repository. */
  readonly name: string;
  readonly text: string;
}

export interface WriteOptions {
  /** The npm script that writes the files. */
  readonly script: string;
  readonly isCheck: boolean;
}

/**
 * Writes the files that have changed.
 * @returns their names, separated by commas
 * @throws Fault that names them instead, in a check
 */
export async function writeGenerated(
  files: readonly GeneratedFile[],
  { script, isCheck }: WriteOptions,
): Promise<string> {
  const changed: GeneratedFile[] = [];
  for (const file of files) {
    const committed = await readFile(pathOf(file.name), 'utf8').catch(() => undefined);
    if (committed !== file.text) changed.push(file);
  }
  const names = changed.map(({ name }) => name).join(', ');
  if (isCheck && names) {
    throw new Fault(
      `These files are not up to date with the code: ${names}\nRun "npm run ${script}" and commit them.`,
    );
  }
  await Promise.all(changed.map(({ name, text }) => writeAtomically(pathOf(name), text)));
  return names;
}

function pathOf(name: string): string {
  return path.join(repositoryRoot, name);
}
