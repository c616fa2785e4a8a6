// `npm start`. Plain JavaScript, since it runs before anything is built.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const startedAt = Date.now();
const npmParentPid = process.env.npm_lifecycle_event === 'start' ? process.ppid : undefined;
const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${repositoryRoot}node_modules/@typescript/native/bin/tsc`;

function stopHere(message) {
  console.error(message);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stopHere(`This needs Node.js 20.19 or later. You run ${process.versions.node}.`);
}
if (!existsSync(`${repositoryRoot}node_modules/graphql`)) {
  stopHere('The dependencies are not installed. Run "npm ci" first.');
}
if (!existsSync(compiler)) {
  stopHere(
    'The development dependencies are not installed (NODE_ENV=production?). Run "npm ci --include=dev".',
  );
}

console.log('building …');
const build = spawn(process.execPath, [compiler, '-b', 'tools', 'gateway', 'subgraphs'], {
  cwd: repositoryRoot,
  stdio: 'inherit',
});
const code = await new Promise((resolve) => {
  build.once('close', resolve);
});
if (code !== 0) stopHere('The build failed; nothing was started.');
console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  built`);

const { start } = await import('./dist/start.js');
process.exit(await start({ startedAt, npmParentPid }));
