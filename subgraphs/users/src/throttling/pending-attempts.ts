/** Attempts that this process is looking at, by where they count. Most of them will have been right. */
export class PendingAttempts {
  private readonly ends = new Map<string, Set<Promise<void>>>();

  /** @returns what to call when the attempt is over */
  begin(counts: readonly string[]): () => void {
    let end = () => {};
    const ending = new Promise<void>((resolve) => (end = resolve));
    for (const count of counts) {
      const there = this.ends.get(count);
      if (there) there.add(ending);
      else this.ends.set(count, new Set([ending]));
    }
    return () => {
      for (const count of counts) {
        const there = this.ends.get(count);
        there?.delete(ending);
        if (there?.size === 0) this.ends.delete(count);
      }
      end();
    };
  }

  /** @returns the ends of those that count there now */
  at(count: string): Promise<void>[] {
    return [...(this.ends.get(count) ?? [])];
  }
}
