import { randomBytes } from 'node:crypto';
import { playLive } from './smoke/live-steps.js';
import { playSessions } from './smoke/session-steps.js';
import { StepFailed, Steps } from './smoke/step.js';
import { playSubscribers } from './smoke/subscriber-steps.js';

/** `npm run smoke`: plays what a user does against a running system, and prints each step as it passes. */
async function main(): Promise<void> {
  const { GATEWAY_URL, GATEWAY_PORT } = process.env;
  const url = GATEWAY_URL || `http://127.0.0.1:${GATEWAY_PORT || 4000}/graphql`;
  const tag = randomBytes(6).toString('hex');
  const person = {
    email: `ada-${tag}@example.com`,
    password: `correct horse battery staple ${tag}`,
    displayName: `Ada ${tag}`,
  };
  console.log(url);
  const steps = new Steps();
  const accessToken = await playSessions(steps, url, person);
  await playSubscribers(steps, url, { accessToken, person, tag });
  await playLive(steps, url, { accessToken, person, tag });
  console.log('✓ accounts, subscribers and live events work');
}

/** What went wrong, if more than the answer, and the answer. fetch hides its reason in the cause of its error. */
function why({ answer, cause }: StepFailed): string {
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const fault = root instanceof Error ? [root.message || String((root as NodeJS.ErrnoException).code)] : [];
  const shown = typeof answer === 'object' ? JSON.stringify(answer, null, 2) : (answer as string | undefined);
  return [...fault, ...(shown === undefined ? [] : [shown])].join('\n');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`✗ ${error.step}\n${why(error)}`);
  process.exitCode = 1;
}
