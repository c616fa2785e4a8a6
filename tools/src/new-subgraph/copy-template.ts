import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../fault.js';
import { repositoryRoot } from '../repository.js';
import { templateNames } from './names.js';
import type { NewSubgraph } from './plan.js';

const TEMPLATE = path.join(repositoryRoot, 'tools/template/subgraph');

interface LockFile {
  readonly packages: Readonly<
    Record<string, { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }>
  >;
}

/** Writes the folder of a new subgraph. `$name`, `$Item` and so on in texts and names of files are filled in. */
export async function copyTemplate({ name, port, folder }: NewSubgraph, now = Date.now()): Promise<void> {
  const values: Record<string, string> = { ...templateNames(name), PORT: String(port), TIME: String(now) };
  // Longer names first, since some begin with others.
  const names = Object.keys(values).toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(`\\$(${names.join('|')})`, 'g');
  const fill = (text: string) => text.replaceAll(pattern, (_, each: string) => values[each]!);
  const versions = await declaredVersions();

  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const source = path.join(entry.parentPath, entry.name);
    const target = path.join(folder, fill(path.relative(TEMPLATE, source)));
    const text = fill(await readFile(source, 'utf8'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, entry.name === 'package.json' ? withVersions(text, versions) : text);
  }
}

/** Replaces `"$version"` by the version that this repository uses. */
function withVersions(manifest: string, versionOf: (name: string) => string): string {
  return manifest.replaceAll(
    /"([^"]+)": "\$version"/g,
    (_, name: string) => `"${name}": "${versionOf(name)}"`,
  );
}

/** The versions that the workspaces of this repository declare. */
async function declaredVersions(): Promise<(name: string) => string> {
  const { packages } = JSON.parse(
    await readFile(path.join(repositoryRoot, 'package-lock.json'), 'utf8'),
  ) as LockFile;
  const workspaces = Object.entries(packages).filter(([place]) => !place.includes('node_modules'));
  const versions = new Map(
    workspaces.flatMap(([, { dependencies, devDependencies }]) =>
      Object.entries({ ...dependencies, ...devDependencies }),
    ),
  );
  return (name) => {
    const version = versions.get(name);
    if (version === undefined) throw new Fault(`No package.json of this repository has ${name}.`);
    return version;
  };
}
