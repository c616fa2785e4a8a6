/** Attempts that this process is verifying, by their counters. Most of them turn out to be right. */
export class PendingAttempts {
  private readonly ends = new Map<string, Set<Promise<void>>>();

  /** @returns a function to call when the attempt has ended */
  begin(counters: readonly string[]): () => void {
    let end = () => {};
    const ending = new Promise<void>((resolve) => (end = resolve));
    for (const counter of counters) {
      const pending = this.ends.get(counter);
      if (pending) pending.add(ending);
      else this.ends.set(counter, new Set([ending]));
    }
    return () => {
      for (const counter of counters) {
        const pending = this.ends.get(counter);
        pending?.delete(ending);
        if (pending?.size === 0) this.ends.delete(counter);
      }
      end();
    };
  }

  /** @returns the ends of the attempts that are pending at a counter now */
  at(counter: string): Promise<void>[] {
    return [...(this.ends.get(counter) ?? [])];
  }
}
