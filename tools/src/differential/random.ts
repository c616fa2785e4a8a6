/** A hash of 32 bits of values that JSON can express. Equal values have equal hashes in every process. */
export function hash(...values: readonly unknown[]): number {
  let state = 0x811c9dc5;
  for (const character of JSON.stringify(values))
    state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** Pseudo-random numbers (Mulberry32). Equal seeds give equal sequences. */
export class Random {
  private state: number;

  constructor(...seed: readonly unknown[]) {
    this.state = hash(...seed);
  }

  /** At least 0 and less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @param list not empty */
  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }

  /** Some elements, each at most once. */
  some<T>(list: readonly T[], least: number, most: number): T[] {
    const left = [...list];
    const count = Math.min(this.between(least, most), left.length);
    return Array.from({ length: count }, () => left.splice(this.between(0, left.length - 1), 1)[0]!);
  }
}
