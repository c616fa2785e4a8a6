// Removes the `dist` folder of every workspace. `tsc -b --clean` keeps the output of deleted files, such as old tests,
// which jest would still run.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));
const { workspaces } = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'));

for (const workspace of workspaces) {
  for (const folder of foldersOf(workspace)) {
    rmSync(path.join(repositoryRoot, folder, 'dist'), { recursive: true, force: true });
  }
}

/** `packages/*` in npm means every folder in `packages`. */
function foldersOf(workspace) {
  if (!workspace.endsWith('/*')) return [workspace];
  const parent = workspace.slice(0, -2);
  return readdirSync(path.join(repositoryRoot, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(parent, name));
}
