import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fillIn } from '../fill-in.js';
import { repositoryRoot } from '../repository.js';
import { writeAtomically } from '../write-atomically.js';

const EXAMPLES = path.join(repositoryRoot, 'examples');

/** The command that starts examples/monolith for a data directory. */
export function monolithCommand(dataDir: string): string {
  const isStandard = dataDir === path.join(repositoryRoot, '.data');
  return isStandard ? 'npm run monolith' : `DATA_DIR='${dataDir}' npm run monolith`;
}

/**
 * Writes the environment of each example that has a `development.env`, with the values filled in, to `<example>.env` in
 * the data directory, readable by its owner only. Each start writes it again, since ports and secrets may have changed.
 * @returns the files
 */
export async function writeExampleEnvs(
  dataDir: string,
  values: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const example of await readdir(EXAMPLES)) {
    const template = await readTemplate(path.join(EXAMPLES, example, 'development.env'));
    const environment = fillIn(template ?? '', values);
    if (!environment) continue;
    const file = path.join(dataDir, `${example}.env`);
    await writeAtomically(
      file,
      `# "npm start" writes this file for "npm run ${example}".\n${environment}`,
      0o600,
    );
    written.push(file);
  }
  return written;
}

async function readTemplate(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
