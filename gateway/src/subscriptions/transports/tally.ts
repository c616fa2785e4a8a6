/** How many of something each owner has. Who has none is not remembered. */
export class Tally {
  private readonly counts = new Map<string, number>();

  of(owner: string): number {
    return this.counts.get(owner) ?? 0;
  }

  add(owner: string): void {
    this.counts.set(owner, this.of(owner) + 1);
  }

  /** Takes back what was added before. */
  remove(owner: string): void {
    const others = this.of(owner) - 1;
    if (others > 0) this.counts.set(owner, others);
    else this.counts.delete(owner);
  }
}
