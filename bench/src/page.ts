import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '@supergraph/tools/fault';
import { repositoryRoot } from '@supergraph/tools/repository';

const PAGE = path.join(repositoryRoot, 'docs/benchmarks.md');

/** Replaces the table of an area in docs/benchmarks.md: the text between `<!-- table: AREA -->` and `<!-- end -->`. */
export function writeTable(area: string, table: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const start = `<!-- table: ${area} -->\n`;
  const from = page.indexOf(start) + start.length;
  const to = page.indexOf('<!-- end -->', from);
  if (from < start.length || to < 0) throw new Fault(`${PAGE} has no place for the table of ${area}`);
  writeFileSync(PAGE, `${page.slice(0, from)}\n${table}\n\n${page.slice(to)}`);
}
