const DELIMITERS = [',', ';', '\t'];

/** The delimiter that the first line has most often outside quotation marks. A comma if it has none. */
export function delimiterOf(start: string): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let isQuoted = false;
  for (const character of start.trimStart()) {
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '\n' || character === '\r') break;
    else if (counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return DELIMITERS.reduce((best, each) => (counts.get(each)! > counts.get(best)! ? each : best));
}

/** Whether a row is the line `sep=;` with which files for Excel may begin. It contains the delimiter, so it is split. */
export function isDelimiterLine({
  line,
  cells,
}: {
  readonly line: number;
  readonly cells: readonly string[];
}): boolean {
  const [first, ...others] = cells;
  return line === 1 && /^sep=$/i.test(first ?? '') && others.length === 1 && others[0] === '';
}
