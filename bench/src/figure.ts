import { median, withSpread } from './statistics.js';

/** One value a round, and the bound for their median, if there is one. */
export interface Figure {
  readonly name: string;
  readonly values: readonly number[];
  readonly unit?: string;
  /** Digits after the point; default 0. */
  readonly digits?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Prints figures below each other; one that misses its bound makes the run end with status 1. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const figure of figures) {
    const { name, values, unit, digits = 0 } = figure;
    const shown = [withSpread(values, digits), ...(unit ? [unit] : [])].join(' ');
    console.log(`  ${name.padEnd(width)}  ${[shown, ...bounds(figure)].join(', ')}`);
    if (missed(figure)) process.exitCode = 1;
  }
}

function bounds(figure: Figure): string[] {
  const { atLeast, atMost } = figure;
  return [
    ...(atLeast === undefined ? [] : [`to be at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`to be at most ${atMost}`]),
    ...(missed(figure) ? ['MISSED'] : []),
  ];
}

/** NaN, from a round that measured nothing, keeps no bound. */
function missed({ values, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  const middle = median(values);
  return !(middle >= atLeast && middle <= atMost);
}
