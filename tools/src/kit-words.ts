import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './repository.js';

const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');

/** Not those of supergraph.yaml: the name of a new subgraph may be a word that examples of the kit use. */
const SUBGRAPHS = ['users', 'email-subscriptions'];

/** Words of this product. graphql-transport-ws has a close code for subscribers, and TypeORM calls listeners subscribers. */
const DOMAIN = [
  /(?<!Entity|dataSource\.)subscriber(?!AlreadyExists| for \$\{id\} already exists)/i,
  /\baccounts?(?![a-z])/i,
  /\b(login|refreshSession|resetPassword|changePassword|acceptInvitation)\b/,
];

/** Files that name a subgraph, and why. */
const EXCEPTED: Readonly<Record<string, string>> = {
  'tools/src/start/first-owner.ts': 'asks for a row of users',

  'tools/template/subgraph/src/$name/$one.type.ts': 'describes a person to other users',
};

/** In code: `order-history`, `orderHistory`, `OrderHistory`, `order_history`, `ORDER_HISTORY`. */
const inCode = SUBGRAPHS.map((name) => {
  const snake = name.replaceAll('-', '_');
  const pascal = name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return new RegExp(
    `(?<![A-Za-z])(?:${name}|${snake}|${camel})(?![a-z])|${pascal}(?![a-z])|(?<![A-Z])${snake.toUpperCase()}(?![A-Z])`,
  );
});
/** In comments, where a name may also be a word of English. */
const inComments = SUBGRAPHS.map((name) => new RegExp(`\\b${name}\`? subgraph`));

const withoutComments = (text: string) =>
  text.replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/[^\n]*/gs, (comment) => comment.replaceAll(/[^\n]/g, ''));

/** The lines of these folders that have one of these words. */
function linesWith(words: readonly RegExp[], folders: readonly string[], textOf = read): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', ...folders];
  const files = execFileSync('git', listed, { cwd: repositoryRoot, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => /\.(m?ts|mjs|json|md)$/.test(file) && !file.startsWith('tools/src/kit-words'))
    .flatMap((file) =>
      textOf(file)
        .split('\n')
        .flatMap((line, index) =>
          words.some((word) => word.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
}

const linesWithNames = (...folders: string[]) => [
  ...linesWith(inCode, folders, (file) => (file.endsWith('ts') ? withoutComments(read(file)) : read(file))),
  ...linesWith(inComments, folders),
];

/**
 * The lines that break a rule: the kit has no word of the domain and names no subgraph, and what tests, tools and
 * benchmarks share names no subgraph, with a few exceptions. So the kit can be used over another supergraph, and a new
 * subgraph is named in one file. Linters check what a name refers to, and have no rule about words.
 */
export function forbiddenWords(): string[] {
  const excepted = Object.keys(EXCEPTED);
  const shared = linesWithNames('tools', 'e2e/src/harness', ':(glob)bench/src/*', ':!*.test.ts');
  return [
    ...linesWith(DOMAIN, ['packages']).map((line) => `a word of the domain is in the kit: ${line}`),
    ...linesWithNames('packages').map((line) => `the kit names a subgraph: ${line}`),
    ...shared
      .filter((line) => !excepted.includes(line.split(':')[0]!))
      .map((line) => `a shared file names a subgraph: ${line}`),
    ...excepted
      .filter((file) => !shared.some((line) => line.startsWith(`${file}:`)))
      .map((file) => `this exception is not needed: ${file}`),
  ];
}
