import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@supergraph/tools/repository';

/** The export of each snippet of docs/subscriptions.md. */
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

export const snippetNames = [...sources.keys()].filter((name) =>
  sources.get(name)!.includes('export function watchSubscribers'),
);

/** Runs a snippet as a module of this package, exactly as printed. */
export async function loadSnippet(name: string): Promise<Snippet> {
  // Some snippets import another one.
  for (const [each, source] of sources) writeSnippet(each, source);
  return (await import(pathToFileURL(snippetFile(name)).href)) as Snippet;
}

/** Writes a module into this package, so that it finds the package's dependencies. Returns its path. */
export function writeSnippet(name: string, source: string): string {
  const file = snippetFile(name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, source);
  return file;
}

const snippetFile = (name: string) => path.join(repositoryRoot, 'e2e/dist/snippets', `${name}.mjs`);

/** The blocks of a document that have a name in a comment, in order. */
export function snippetsOf(file: string): Map<string, { language: string; source: string }> {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8');
  return new Map(
    [...text.matchAll(/^<!-- snippet: ([\w.-]+) -->\s*```(\w+)\n(.*?)^```/gms)].map(
      ([, name = '', language = '', source = '']) => [name, { language, source }] as const,
    ),
  );
}

/** The blocks of README.md in one language, in order. */
export function readmeBlocks(language: 'graphql' | 'js'): string[] {
  const readme = readFileSync(path.join(repositoryRoot, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, found, source = '']) =>
    found === language ? [source] : [],
  );
}
