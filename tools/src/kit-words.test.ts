import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryRoot } from './repository.js';

/*
 * The kit can be used over another supergraph, and a new subgraph is named in one file. Linters check what a name refers
 * to, and have no rule about words.
 */

const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');
const { subgraphs } = parse(read('supergraph.yaml')) as { subgraphs: Record<string, unknown> };

/** Words of this product. graphql-transport-ws has a close code for subscribers, and TypeORM calls listeners subscribers. */
const DOMAIN = [
  /(?<!Entity|dataSource\.)subscriber(?!AlreadyExists| for \$\{id\} already exists)/i,
  /\baccounts?(?![a-z])/i,
  /\b(login|refreshSession|resetPassword|changePassword|acceptInvitation)\b/,
];

/** Files that name a subgraph, and why. */
const EXCEPTED: Readonly<Record<string, string>> = {
  'e2e/src/harness/add-at-subgraph.ts': 'adds a subscriber',
  'e2e/src/harness/add-rows.ts': 'adds rows of subscribers',
  'e2e/src/harness/supergraph-file.ts': 'edits fields of this supergraph',
  'e2e/src/harness/txn-token.ts': 'signs tokens for the subgraph with a TCP listener',
  'tools/src/start/first-owner.ts': 'asks for a row of users',
  'tools/template/subgraph/src/$name/$one.type.ts': 'describes a person to other users',
};

const names = Object.keys(subgraphs);
/** In code: `order-history`, `orderHistory`, `OrderHistory`, `order_history`, `ORDER_HISTORY`. */
const inCode = names.map((name) => {
  const snake = name.replaceAll('-', '_');
  const pascal = name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return new RegExp(
    `(?<![A-Za-z])(?:${name}|${snake}|${camel})(?![a-z])|${pascal}(?![a-z])|(?<![A-Z])${snake.toUpperCase()}(?![A-Z])`,
  );
});
/** In comments, where a name may also be a word of English. */
const inComments = names.map((name) => new RegExp(`\\b${name}\`? subgraph`));

const withoutComments = (text: string) =>
  text.replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/[^\n]*/gs, (comment) => comment.replaceAll(/[^\n]/g, ''));

/** The lines of these folders that have one of these words. */
function linesWith(words: readonly RegExp[], folders: readonly string[], textOf = read): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', ...folders];
  const files = execFileSync('git', listed, { cwd: repositoryRoot, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => /\.(m?ts|mjs|json|md)$/.test(file))
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

test('the kit has no word of the domain', () => {
  expect(linesWith(DOMAIN, ['packages'])).toEqual([]);
});

test('the kit names no subgraph', () => {
  expect(linesWithNames('packages', ':!packages/gateway/src/identity/revocation-feed*')).toEqual([]);
});

test('what tests, tools and benchmarks share names no subgraph, with a few exceptions', () => {
  const lines = linesWithNames('tools', 'e2e/src/harness', ':(glob)bench/src/*', ':!*.test.ts');
  const excepted = Object.keys(EXCEPTED);
  expect(lines.filter((line) => !excepted.includes(line.split(':')[0]!))).toEqual([]);
  expect(excepted.filter((file) => !lines.some((line) => line.startsWith(`${file}:`)))).toEqual([]);
});
