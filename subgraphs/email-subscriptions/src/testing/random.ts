/** Reproducible random numbers from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random choices. */
export class Chooser {
  constructor(private readonly random: () => number) {}

  whole(below: number): number {
    return Math.floor(this.random() * below);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.whole(values.length)]!;
  }

  someOf<T>(values: readonly T[]): T[] {
    return values.filter(() => this.random() < 0.4);
  }

  maybe<T>(make: () => T): T | undefined {
    return this.random() < 0.5 ? make() : undefined;
  }
}
