import { readFile } from 'node:fs/promises';
import type { System } from '@supergraph/tools/system';
import { eventually } from './eventually.js';
import type { SupergraphCopy } from './supergraph-copy.js';

/** What a gateway makes of the files that it is given, as its log tells. */
export class SupergraphReloads {
  constructor(
    private readonly system: System,
    private readonly supergraph: SupergraphCopy,
  ) {}

  /** How many it has taken. */
  get taken(): number {
    return this.lines('the new supergraph is in use');
  }

  /** How many it has refused. */
  get refused(): number {
    return this.lines('the new supergraph was rejected');
  }

  /** Puts a file there, and returns when the gateway serves it. */
  async to(text: string): Promise<void> {
    if ((await readFile(this.supergraph.file, 'utf8')) === text) return;
    const before = this.served;
    await this.supergraph.put(text);
    await eventually(
      () => this.served,
      (now) => now > before,
    );
  }

  private get served(): number {
    return this.taken + this.lines('the supergraph is unchanged');
  }

  private lines(message: string): number {
    return this.system.processes.gateway.logs().filter((line) => line.includes(message)).length;
  }
}
