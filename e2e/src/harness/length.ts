/** Whether this is `npm run test:long`. */
export const isLong = process.env['LONG'] === '1';

/** How much a test does: little in `npm test`, much in `npm run test:long`. */
export function length(short: number, long: number): number {
  return isLong ? long : short;
}
