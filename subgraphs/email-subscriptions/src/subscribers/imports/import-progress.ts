import { setTimeout as delay } from 'node:timers/promises';
import { DomainError, isDatabaseAway } from '@kit/service';
import { Injectable } from '@nestjs/common';
import { ImportList } from './import-list.js';
import type { ImportEntity } from './import.entity.js';

const POLL_MS = 1_000;

class UnknownImport extends DomainError {
  readonly code = 'NOT_FOUND';

  constructor() {
    super('No import has this id.');
  }
}

/** Watches imports, whichever replica runs them. */
@Injectable()
export class ImportProgress {
  constructor(private readonly list: ImportList) {}

  /**
   * Yields an import at once, and then whenever it has changed, at most once a second. It ends with the import.
   * @throws UnknownImport
   */
  async watch(id: string): Promise<AsyncIterableIterator<ImportEntity>> {
    const first = await this.list.byId(id);
    if (!first) throw new UnknownImport();
    return new ProgressWatch(first, () => this.list.byId(id));
  }
}

/** Unlike a generator, it can be ended while it waits. */
class ProgressWatch implements AsyncIterableIterator<ImportEntity> {
  private readonly ending = new AbortController();
  private last: ImportEntity | null = null;

  constructor(
    private readonly first: ImportEntity,
    private readonly read: () => Promise<ImportEntity | null>,
  ) {}

  async next(): Promise<IteratorResult<ImportEntity>> {
    const state = this.last === null ? this.first : await this.change(this.last);
    if (state === null || this.ending.signal.aborted) return { value: undefined, done: true };
    this.last = state;
    return { value: state, done: false };
  }

  return(): Promise<IteratorResult<ImportEntity>> {
    this.ending.abort();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next state that differs; null at the end. */
  private async change(last: ImportEntity): Promise<ImportEntity | null> {
    const { signal } = this.ending;
    while (last.finishedAt === null) {
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return null;
      const state = await this.readOrWait(last);
      if (state === null || shownOf(state) !== shownOf(last)) return state;
    }
    return null;
  }

  private async readOrWait(last: ImportEntity): Promise<ImportEntity | null> {
    try {
      return await this.read();
    } catch (error) {
      if (isDatabaseAway(error)) return last;
      throw error;
    }
  }
}

/** What clients see of an import. */
function shownOf(state: ImportEntity): string {
  const { status, bytesRead, bytesTotal, rowsRead, added, updated, unchanged, suppressed, rejected } = state;
  return JSON.stringify([
    status,
    bytesRead,
    bytesTotal,
    rowsRead,
    added,
    updated,
    unchanged,
    suppressed,
    rejected,
  ]);
}
