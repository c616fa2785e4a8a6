import { randomBytes } from 'node:crypto';
import { playLive } from './smoke/live-steps.js';
import { playSessions } from './smoke/session-steps.js';
import { StepFailed, Steps } from './smoke/step.js';
import { playSubscribers } from './smoke/subscriber-steps.js';

/** `npm run smoke`: does what a user does on a running system, and prints each step that passes. */
async function main(): Promise<void> {
  const { GATEWAY_URL, GATEWAY_PORT } = process.env;
  const steps = new Steps(GATEWAY_URL || `http://127.0.0.1:${GATEWAY_PORT || 4000}/graphql`);
  const tag = randomBytes(6).toString('hex');
  const person = {
    email: `ada-${tag}@example.com`,
    password: `correct horse battery staple ${tag}`,
    displayName: `Ada ${tag}`,
  };
  console.log(steps.url);
  await playSessions(steps, person);
  await playSubscribers(steps, person, tag);
  await playLive(steps, person, tag);
  console.log('✓ accounts, subscribers and subscriptions work');
}

/** The error and the unexpected result. fetch hides the reason in the cause of its error. */
function details({ result, cause }: StepFailed): string {
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const error = root instanceof Error ? [root.message || String((root as NodeJS.ErrnoException).code)] : [];
  return [...error, ...(result === undefined ? [] : [JSON.stringify(result, null, 2)])].join('\n');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`✗ ${error.message}\n${details(error)}`);
  process.exitCode = 1;
}
