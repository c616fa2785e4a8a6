import { relative } from 'node:path';
import { Fault } from '../fault.js';
import { repositoryRoot } from '../repository.js';
import type { Subgraph } from '../subgraphs.js';

/** Makes the lines of a subgraph. */
export type Lines = (subgraph: Subgraph) => readonly string[];

const EACH = '# each subgraph:';
const END = '# end';
const INSERTION = /^(\s*)# <(.+)>$/;

/**
 * Fills in a template. Lines between `# each subgraph:` and `# end` are repeated for each subgraph, with `<name>`,
 * `<PREFIX>` (of variables), `<database>`, `<folder>` and `<networks>` filled in. A line `# <insertion>` becomes the
 * lines of that name: of one subgraph in such a block, of all subgraphs outside.
 */
export function fillTemplate(
  template: string,
  subgraphs: readonly Subgraph[],
  insertions: Readonly<Record<string, Lines>>,
): string {
  const inserted = (line: string, of: readonly Subgraph[]): readonly string[] => {
    const [, indent = '', name = ''] = INSERTION.exec(line) ?? [];
    if (name === '') return [line];
    const lines = insertions[name];
    if (!lines) throw new Fault(`a template has the unknown insertion <${name}>`);
    return of.flatMap(lines).map((each) => (each === '' ? '' : `${indent}${each}`));
  };
  const output: string[] = [];
  let block: string[] | undefined;
  for (const line of template.split('\n')) {
    if (line.trim() === EACH) {
      block = [];
    } else if (line.trim() === END && block) {
      for (const subgraph of subgraphs) {
        output.push(...block.flatMap((each) => inserted(filled(each, subgraph), [subgraph])));
      }
      block = undefined;
    } else if (block) {
      block.push(line);
    } else {
      output.push(...inserted(line, subgraphs));
    }
  }
  return output.join('\n').replaceAll(/\n{3,}/g, '\n\n');
}

function filled(line: string, { name, names, folder, service }: Subgraph): string {
  return line
    .replaceAll('<name>', name)
    .replaceAll('<PREFIX>', names.variablePrefix)
    .replaceAll('<database>', names.database)
    .replaceAll('<folder>', relative(repositoryRoot, folder))
    .replaceAll('<networks>', service.networks.map((network) => `, ${network}`).join(''));
}
