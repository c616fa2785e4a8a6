import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Fault, faultText } from './fault.js';
import { addToManifest } from './new-subgraph/manifest-entry.js';
import { copyTemplate } from './new-subgraph/copy-template.js';
import { planSubgraph } from './new-subgraph/plan.js';
import { repositoryRoot } from './repository.js';
import { allSubgraphs } from './subgraphs.js';

/** The commands after the template is copied: the lock file, then all generated files. */
const COMMANDS = [
  ['npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
  ['npm', 'run', '--silent', 'schema'],
  ['npx', 'prettier', '--write', '--log-level=warn'],
] as const;

/** `npm run new-subgraph -- <name>`: a subgraph from the template, with an entry in supergraph.yaml. */
async function main([name, ...others]: readonly string[]): Promise<void> {
  if (name === undefined || others.length > 0) throw new Fault('usage: npm run new-subgraph -- <name>');
  const subgraph = planSubgraph(name, allSubgraphs());
  await copyTemplate(subgraph);
  await addToManifest(subgraph);
  const folder = path.relative(repositoryRoot, subgraph.folder);
  console.log(`written: ${folder}, supergraph.yaml`);
  for (const command of COMMANDS) await run(command[0] === 'npx' ? [...command, folder] : command);
  console.log(
    `${name} is a subgraph now, at port ${subgraph.port} of "npm start". Commit all changes, and continue in ${folder}.`,
  );
}

async function run([program, ...args]: readonly string[]): Promise<void> {
  const child = spawn(program!, args, { cwd: repositoryRoot, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Fault(
      `"${[program, ...args].join(' ')}" failed. Correct the cause, then run it and "npm run schema" again.`,
    );
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(faultText(error));
  process.exitCode = 1;
}
