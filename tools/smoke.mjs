// `npm run smoke`. Plain JavaScript, so that it can explain what to do when nothing is built yet.
import { existsSync } from 'node:fs';

const program = new URL('dist/smoke.js', import.meta.url);
if (!existsSync(program)) {
  console.error('Nothing is built yet. Run "npm start" first, then this command in another terminal.');
  process.exit(1);
}
await import(program.href);
