const DIGITS = 7;

/** As in JSON. The quotation mark distinguishes an address from text within a cursor. */
const START = Buffer.from('"bench-');

/** An address that contains a number below ten million, so that an event can be recognized without parsing it. */
export function numberedAddress(number: number): string {
  return `bench-${String(number).padStart(DIGITS, '0')}@example.com`;
}

/** The same address in SQL. @param number a column or expression */
export function numberedAddressSql(number: string): string {
  return `'bench-' || lpad((${number})::text, ${DIGITS}, '0') || '@example.com'`;
}

/** The number in the first such address of a message, or undefined. */
export function numberIn(message: Buffer): number | undefined {
  const start = message.indexOf(START);
  if (start < 0) return undefined;
  const digits = start + START.length;
  return Number(message.toString('latin1', digits, digits + DIGITS));
}
