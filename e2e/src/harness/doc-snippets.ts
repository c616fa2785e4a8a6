import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@supergraph/tools/repository';

/** What each snippet of docs/subscriptions.md exports. */
export interface Snippet {
  readonly watchSubscribers: (options: {
    url: string;
    accessToken: () => Promise<string>;
    onAdded: (subscriber: { email: string; addedBy: { displayName: string } | null }) => void;
  }) => () => void;
}

const sources = new Map(
  [...snippetsOf('docs/subscriptions.md')].map(([name, { source }]) => [name, source] as const),
);

export const snippetNames = [...sources.keys()];

/** Runs a snippet as a module of this package, exactly as it is printed. */
export async function loadSnippet(name: string): Promise<Snippet> {
  const file = writeSnippet(name, sources.get(name)!);
  return (await import(pathToFileURL(file).href)) as Snippet;
}

/** Makes a module of this package, which finds what this package has installed; answers where it is. */
export function writeSnippet(name: string, source: string): string {
  const folder = path.join(repositoryRoot, 'e2e/dist/snippets');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, source);
  return file;
}

/** The blocks of a document that a comment names, in their order. */
export function snippetsOf(file: string): Map<string, { language: string; source: string }> {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8');
  return new Map(
    [...text.matchAll(/^<!-- snippet: ([\w.-]+) -->\s*```(\w+)\n(.*?)^```/gms)].map(
      ([, name = '', language = '', source = '']) => [name, { language, source }] as const,
    ),
  );
}

/** The blocks of README.md in one language, in their order. */
export function readmeBlocks(language: 'graphql' | 'js' | 'json'): string[] {
  const readme = readFileSync(path.join(repositoryRoot, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, found, source = '']) =>
    found === language ? [source] : [],
  );
}
