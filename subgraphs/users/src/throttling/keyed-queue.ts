/** Runs work of the same key one after the other, in the order of the calls. */
export class KeyedQueue {
  private readonly last = new Map<string, Promise<void>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = done.then(
      () => {},
      () => {},
    );
    this.last.set(key, settled);
    try {
      return await done;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}
