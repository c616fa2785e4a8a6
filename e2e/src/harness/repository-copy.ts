import { execFile } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@supergraph/tools/repository';
import { Program } from './program.js';

/** A copy of this checkout in a temporary folder, with everything that is built and installed. */
export class RepositoryCopy {
  private constructor(
    readonly folder: string,
    private readonly files: readonly string[],
  ) {}

  static async make(): Promise<RepositoryCopy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'supergraph-copy-'));
    const git = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const { stdout } = await promisify(execFile)('git', git, {
      cwd: repositoryRoot,
      maxBuffer: 64 * 1024 * 1024,
    });
    const files = stdout.split('\0').filter(Boolean);
    const workspaces = files
      .filter((file) => file.endsWith('/package.json'))
      .map((file) => path.dirname(file));
    for (const place of [...files, ...workspaces.map((workspace) => `${workspace}/dist`)])
      await copy(place, folder);
    for (const place of ['.', ...workspaces]) {
      const installed = path.join(place, 'node_modules');
      await linkFolder(path.join(repositoryRoot, installed), path.join(folder, installed));
    }
    return new RepositoryCopy(folder, files);
  }

  /** Runs a command in the copy; returns when it has exited. */
  async run(...command: readonly string[]): Promise<{ code: number | null; output: string }> {
    const program = new Program(command, { ...process.env, NODE_ENV: 'development' }, this.folder);
    return { code: await program.exited, output: program.output };
  }

  read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), 'utf8');
  }

  /** The files of this checkout that are different in the copy. */
  async changed(): Promise<string[]> {
    const changed: string[] = [];
    for (const file of this.files) {
      const original = await readFile(path.join(repositoryRoot, file)).catch(() => undefined);
      const now = await readFile(path.join(this.folder, file)).catch(() => undefined);
      if (original && !now?.equals(original)) changed.push(file);
    }
    return changed.sort();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Keeps the times of the files, so that the compiler knows what is up to date. */
async function copy(place: string, folder: string): Promise<void> {
  await cp(path.join(repositoryRoot, place), path.join(folder, place), {
    recursive: true,
    preserveTimestamps: true,
  }).catch(ifMissing);
}

/** Hard links, since there are many files, or copies on another file system. npm replaces files, and edits none. */
async function linkFolder(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(ifMissing);
  if (!entries) return;
  await mkdir(to, { recursive: true });
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
      if (entry.isDirectory()) await linkFolder(source, target);
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
      else await link(source, target).catch(() => cp(source, target));
    }),
  );
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
