import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { System } from '@supergraph/tools/system';
import { readmeBlocks, writeSnippet } from './doc-snippets.js';

const [watch, resume] = readmeBlocks('js') as [string, string];

/** A running program of README.md. */
export interface Program {
  /** Its output so far, in one line. */
  readonly said: () => string;
  /** The addresses in its output, in order. */
  readonly emails: () => string[];
  stop(): Promise<void>;
}

/** Runs a module as printed, except for the gateway's port. */
export function runModule(source: string, { gatewayUrl }: System, accessToken: string): Program {
  const { host } = new URL(gatewayUrl);
  const file = writeSnippet('readme', source.replaceAll('127.0.0.1:4000', host));
  const child = spawn(process.execPath, [file], { env: { ...process.env, ACCESS_TOKEN: accessToken } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return {
    said: () => text.replaceAll(/\s+/g, ' ').trim(),
    emails: () => [...text.matchAll(/email: '([^']+)'/g)].map(([, email = '']) => email),
    async stop() {
      if (child.kill()) await once(child, 'exit');
    },
  };
}

/** Runs the program that resumes. */
export function runReadmeWatcher(system: System, accessToken: string): Program {
  const [opening] = watch.split('const query');
  return runModule(`${opening}${resume}`, system, accessToken);
}
