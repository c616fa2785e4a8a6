import { once } from 'node:events';
import { startChild } from '../child.js';
import { printFigures } from '../figure.js';
import type { VerificationTimes } from './verifying-process.js';

/** What it takes the gateway to know who sends an access token, in a process that does nothing else. */
export async function verification(): Promise<void> {
  const child = await startChild(new URL('./verifying-process.js', import.meta.url), {});
  try {
    const [{ uncached, cached }] = (await once(child.process, 'message')) as [VerificationTimes];
    printFigures('Access tokens at the gateway, for each', [
      { name: 'verified for the first time', values: uncached, unit: 'µs', digits: 1 },
      { name: 'verified before', values: cached, unit: 'µs', digits: 2 },
    ]);
  } finally {
    await child.stop();
  }
}
