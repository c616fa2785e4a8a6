/** A counter for each owner. Owners with a count of zero take no memory. */
export class Tally {
  private readonly counts = new Map<string, number>();

  of(owner: string): number {
    return this.counts.get(owner) ?? 0;
  }

  add(owner: string): void {
    this.counts.set(owner, this.of(owner) + 1);
  }

  /** Reverts one `add`. */
  remove(owner: string): void {
    const remaining = this.of(owner) - 1;
    if (remaining > 0) this.counts.set(owner, remaining);
    else this.counts.delete(owner);
  }
}
