import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '@supergraph/tools/repository';
import { writeAtomically } from '@supergraph/tools/write-atomically';

const USER = /^type User\n(?: {2}@join__type.*\n)+\{\n/m;

/**
 * A supergraph file of a test's own, for gateways to load (`SUPERGRAPH_FILE`). Each variation gives `User` one more
 * field that may be null and takes back the one before, so every operation that asks for neither goes on as it was.
 */
export class SupergraphCopy {
  private variation = 0;

  private constructor(
    private readonly folder: string,
    private readonly original: string,
  ) {}

  static async make(): Promise<SupergraphCopy> {
    const original = await readFile(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');
    const copy = new SupergraphCopy(await mkdtemp(path.join(tmpdir(), 'supergraph-')), original);
    await copy.put(original);
    return copy;
  }

  get file(): string {
    return path.join(this.folder, 'supergraph.graphql');
  }

  /** Puts another text there all at once, as a deployment does. */
  async put(text: string): Promise<void> {
    await writeAtomically(this.file, text);
  }

  /** Puts the next variation in the place of the last; answers the name of its field. */
  async vary(): Promise<string> {
    this.variation += 1;
    const field = `variation${this.variation}`;
    const varied = this.original.replace(
      USER,
      (head) => `${head}  ${field}: Int @join__field(graph: USERS)\n\n`,
    );
    if (varied === this.original) throw new Error('the supergraph has no type User to vary');
    await this.put(varied);
    return field;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
