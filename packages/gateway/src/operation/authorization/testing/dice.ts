/** Makes choices from fast-check's bytes. When they run out, it makes the first choice, which is the simplest. */
export class Dice {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** One of 0 … sides - 1. */
  roll(sides: number): number {
    return (this.bytes[this.at++] ?? 0) % sides;
  }

  oneOf<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.roll(choices.length)]!;
  }

  /** False when the bytes have run out. */
  oneIn(sides: number): boolean {
    return this.roll(sides) === sides - 1;
  }
}
