const DIGITS = 7;

/** As it stands in JSON; the quotation mark keeps it apart from anything inside a cursor. */
const START = Buffer.from('"bench-');

/** An address that carries a number below ten million, so that an event can be told from others without parsing it. */
export function numberedAddress(number: number): string {
  return `bench-${String(number).padStart(DIGITS, '0')}@example.com`;
}

/** The same address in SQL. @param number a column or expression */
export function numberedAddressSql(number: string): string {
  return `'bench-' || lpad((${number})::text, ${DIGITS}, '0') || '@example.com'`;
}

/** The number in the first such address of a message; undefined when there is none. */
export function numberIn(message: Buffer): number | undefined {
  const start = message.indexOf(START);
  if (start < 0) return undefined;
  const digits = start + START.length;
  return Number(message.toString('latin1', digits, digits + DIGITS));
}
