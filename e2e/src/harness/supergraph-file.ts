import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '@supergraph/tools/repository';
import type { Subgraph } from '@supergraph/tools/subgraphs';
import type { System } from '@supergraph/tools/system';
import { writeAtomically } from '@supergraph/tools/write-atomically';
import { eventually } from './eventually.js';
import { ACCOUNTS, SUBSCRIBERS } from './product-subgraphs.js';

/** The supergraph of this repository. */
export const whole = readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');

/** The name of a subgraph in the supergraph. */
function graphOf({ names }: Subgraph): string {
  return names.variablePrefix;
}

function edited(from: string | RegExp, to: string): string {
  const text = whole.replace(from, to);
  if (text === whole) throw new Error(`the supergraph does not contain ${String(from)}`);
  return text;
}

export const withoutCreatedAt = edited(
  new RegExp(String.raw`\n  """[^"]*"""\n  createdAt: DateTime! @join__field\(graph: ${graphOf(ACCOUNTS)}\)`),
  '',
);
export const withoutTime = edited(
  /(type SubscriberAddedEvent\n[^}]*?)\n  """[^"]*"""\n  occurredAt: DateTime!\n/,
  '$1',
);
export const withoutSharing = edited('@live(audience: SCOPES)', '@live(audience: VIEWER)');
/** Changes the upstream request: a nullable field makes the gateway select more, to recognise a bookmark. */
export const withAnotherRequest = edited(/(type SubscriberAddedEvent\n[^}]*?occurredAt: DateTime)!/, '$1');
/** Understates the length of lists. */
export const withShortLists = edited(
  /(addedSubscribers\([^@]*@join[^\n]*)slicingArguments: \["first"\], /,
  '$1',
);
/** The subgraph rejects the requests that this supergraph causes. */
export const aheadOfSubgraphs = edited(
  `displayName: String! @join__field(graph: ${graphOf(ACCOUNTS)})`,
  `displayName: String! @join__field(graph: ${graphOf(SUBSCRIBERS)})`,
);

/** A supergraph file of one test, for `SUPERGRAPH_FILE`. */
export class SupergraphCopy {
  private variation = 0;

  private constructor(private readonly folder: string) {}

  static async make(): Promise<SupergraphCopy> {
    const copy = new SupergraphCopy(await mkdtemp(path.join(tmpdir(), 'supergraph-')));
    await copy.put(whole);
    return copy;
  }

  get file(): string {
    return path.join(this.folder, 'supergraph.graphql');
  }

  /** Replaces the text atomically, as a deployment does. */
  async put(text: string): Promise<void> {
    await writeAtomically(this.file, text);
  }

  /** Gives `User` another nullable field, instead of that of the variation before; returns its name. */
  async vary(): Promise<string> {
    this.variation += 1;
    const field = `variation${this.variation}`;
    const head = /^type User\n(?: {2}@join__type.*\n)+\{\n/m;
    await this.put(edited(head, `$&  ${field}: Int @join__field(graph: ${graphOf(ACCOUNTS)})\n\n`));
    return field;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The reloads of a gateway, from its log. */
export class SupergraphReloads {
  constructor(
    private readonly system: System,
    private readonly supergraph: SupergraphCopy,
  ) {}

  get loaded(): number {
    return this.lines('the new supergraph is in use');
  }

  get rejected(): number {
    return this.lines('the new supergraph was rejected');
  }

  /** Replaces the file, and waits until the gateway serves it. */
  async to(text: string): Promise<void> {
    if ((await readFile(this.supergraph.file, 'utf8')) === text) return;
    const served = () => this.loaded + this.lines('the supergraph is unchanged');
    const before = served();
    await this.supergraph.put(text);
    await eventually(served, (now) => now > before);
  }

  private lines(message: string): number {
    return this.system.processes.gateway.logs().filter((line) => line.includes(message)).length;
  }
}
