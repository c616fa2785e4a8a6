import path from 'node:path';
import { faultText } from './fault.js';
import { repositoryRoot } from './repository.js';
import { composeSupergraph } from './schema/compose.js';
import { changedFiles, generatedSdl, type GeneratedFile, writeChanged } from './schema/generated-file.js';
import { printSubgraph } from './schema/print-subgraph.js';
import { readSupergraphConfig } from './schema/supergraph-config.js';

/** `npm run schema` writes the schemas anew; `npm run schema:check` (`--check`) fails when that would change them. */
async function main(args: readonly string[]): Promise<number> {
  const files = await generate();
  if (!args.includes('--check')) {
    const written = await writeChanged(files);
    console.log(written.length === 0 ? 'schemas are up to date' : `written: ${names(written)}`);
    return 0;
  }
  const changed = await changedFiles(files);
  if (changed.length === 0) {
    console.log('schemas are up to date');
    return 0;
  }
  console.error(
    `These files differ from what the code says: ${names(changed)}\nRun "npm run schema" and commit them.`,
  );
  return 1;
}

async function generate(): Promise<GeneratedFile[]> {
  const configured = await readSupergraphConfig(path.join(repositoryRoot, 'supergraph.yaml'));
  const subgraphs = await Promise.all(
    configured.map(async (subgraph) => ({
      ...subgraph,
      sdl: generatedSdl(await printSubgraph(subgraph.name), "the subgraph's code"),
    })),
  );
  const supergraph = composeSupergraph(subgraphs);
  for (const hint of supergraph.hints) console.log(`hint ${hint}`);
  return [
    ...subgraphs.map(({ schemaFile, sdl }) => generatedFile(schemaFile, sdl)),
    generatedFile(
      'supergraph.graphql',
      generatedSdl(supergraph.sdl, 'the schemas that supergraph.yaml names'),
    ),
  ];
}

function generatedFile(name: string, text: string): GeneratedFile {
  return { name, path: path.join(repositoryRoot, name), text };
}

function names(files: readonly GeneratedFile[]): string {
  return files.map(({ name }) => name).join(', ');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(faultText(error));
  process.exitCode = 1;
}
