import { median } from './statistics.js';

/** One value per round, and the bound for their median. */
export interface Figure {
  readonly name: string;
  readonly values: readonly number[];
  readonly unit?: string;
  /** Digits after the point. Default 0. */
  readonly digits?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A Markdown table, padded as Prettier pads it. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'value', 'bound'],
    ...figures.map((each) => [each.name, value(each), bound(each)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column]!))));
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

/** True, too, when a round measured nothing (NaN). */
export function missesBound({ values, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  const middle = median(values);
  return !(middle >= atLeast && middle <= atMost);
}

/** The ratio of two figures' values, round by round. */
export function ratios(values: readonly number[], to: readonly number[]): number[] {
  return values.map((value, round) => value / (to[round] ?? NaN));
}

/** The median, with the smallest and the largest value if there are several. */
function value({ values, unit = '', digits = 0 }: Figure): string {
  const show = (number: number) =>
    number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const spread = values.length > 1 ? ` (${show(Math.min(...values))}–${show(Math.max(...values))})` : '';
  return `${show(median(values))}${unit && ` ${unit}`}${spread}`;
}

function bound(figure: Figure): string {
  const { atLeast, atMost, unit } = figure;
  const limit = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  if (atLeast === undefined && atMost === undefined) return '';
  return `${limit}${unit ? ` ${unit}` : ''}${missesBound(figure) ? ', missed' : ''}`;
}
