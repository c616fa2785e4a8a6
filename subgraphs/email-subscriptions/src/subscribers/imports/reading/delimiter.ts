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
