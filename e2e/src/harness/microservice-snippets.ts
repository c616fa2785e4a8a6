import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@supergraph/tools/repository';
import ts from 'typescript';
import { snippetsOf } from './doc-snippets.js';

const folder = path.join(repositoryRoot, 'e2e/dist/snippets/microservice');

/** As in the tsconfig.json of a NestJS application. */
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  verbatimModuleSyntax: true,
};

const snippets = snippetsOf('docs/microservice.md');

/** A block of docs/microservice.md as printed. */
export function snippet(name: string): string {
  const found = snippets.get(name);
  if (!found) throw new Error(`docs/microservice.md has no snippet ${name}`);
  return found.source;
}

/** Writes the programs of docs/microservice.md into one folder, as modules of this package. */
export function writePrograms(): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, { language, source }] of snippets) {
    if (language !== 'ts' && language !== 'js') continue;
    const code = language === 'ts' ? ts.transpileModule(source, { compilerOptions }).outputText : source;
    writeFileSync(path.join(folder, `${name}.js`), code);
  }
}

/** Imports one of them. */
export async function program<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(path.join(folder, `${name}.js`)).href)) as T;
}
