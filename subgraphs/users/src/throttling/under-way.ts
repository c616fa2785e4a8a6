/** Attempts that this process is looking at. They count, and most of them will have been right. */
export class UnderWay {
  readonly #ends = new Map<string, Set<Promise<void>>>();

  /** @returns what to call when the attempt is over */
  begin(account: string): () => void {
    const ofAccount = this.#ends.get(account) ?? new Set();
    this.#ends.set(account, ofAccount);
    let end = () => {};
    const ending = new Promise<void>((resolve) => (end = resolve));
    ofAccount.add(ending);
    return () => {
      ofAccount.delete(ending);
      if (ofAccount.size === 0 && this.#ends.get(account) === ofAccount) this.#ends.delete(account);
      end();
    };
  }

  /** Waits until one of an account's is over; false at once when there is none. */
  async oneEnds(account: string): Promise<boolean> {
    const ofAccount = this.#ends.get(account);
    if (!ofAccount) return false;
    await Promise.race(ofAccount);
    return true;
  }
}
