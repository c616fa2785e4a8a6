import { Semaphore } from '@kit/service';
import type { GraphQLResult } from '@kit/executor';

/** How many requests of a room are in flight. */
const MAX_REQUESTS = 8;

interface Read {
  /** How many callers share it. */
  callers: number;
  readonly result: Promise<GraphQLResult>;
}

/**
 * Lets equal reads share a request, such as those of many events that one user caused. The first is sent at once. Those
 * that are requested while it is in flight share one request after it, so no read gets data from before it was requested.
 */
export class SharedReads {
  private readonly slots = new Semaphore(MAX_REQUESTS);
  private readonly sent = new Map<string, Promise<GraphQLResult>>();
  private readonly waiting = new Map<string, Read>();

  /**
   * @param key the same for equal reads
   * @returns a result of the caller's own
   */
  async read(key: string, send: () => Promise<GraphQLResult>): Promise<GraphQLResult> {
    const before = this.sent.get(key);
    if (!before) return this.send(key, send);
    let read = this.waiting.get(key);
    if (read) {
      read.callers += 1;
    } else {
      read = { callers: 1, result: this.after(before, key, send) };
      this.waiting.set(key, read);
    }
    const result = await read.result;
    // Executors change the data of their results.
    return read.callers > 1 ? { ...result, data: structuredClone(result.data) } : result;
  }

  private async after(
    before: Promise<GraphQLResult>,
    key: string,
    send: () => Promise<GraphQLResult>,
  ): Promise<GraphQLResult> {
    await before.catch(() => {});
    return this.send(key, () => {
      this.waiting.delete(key);
      return send();
    });
  }

  private async send(key: string, send: () => Promise<GraphQLResult>): Promise<GraphQLResult> {
    const result = this.slots.run(send);
    this.sent.set(key, result);
    try {
      return await result;
    } finally {
      if (this.sent.get(key) === result) this.sent.delete(key);
    }
  }
}
