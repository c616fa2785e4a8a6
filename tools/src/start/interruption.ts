import { setTimeout as delay } from 'node:timers/promises';
import { findNpm, npmIsGone } from './npm-process.js';

const PARENT_POLL_MS = 250;

/**
 * Resolves, once, with the reason why a person or the system wants us to stop: a signal, or the end of the npm that
 * started us. Further signals are taken and ignored: stopping is under way, and npm passes on each Ctrl-C that the
 * terminal has sent to us already.
 *
 * @param npmParentPid the parent process at our start, if npm started us; another parent may come and go
 */
export async function interruption(npmParentPid: number | undefined): Promise<string> {
  const signalled = new Promise<string>((resolve) => {
    process.on('SIGINT', () => resolve('Ctrl-C'));
    process.on('SIGTERM', () => resolve('SIGTERM'));
    process.on('SIGHUP', () => resolve('the terminal is closed'));
  });
  if (npmParentPid === undefined) return signalled;
  return Promise.race([signalled, endOfNpm(npmParentPid)]);
}

async function endOfNpm(parentPid: number): Promise<string> {
  const npm = await findNpm(parentPid);
  while (!(await npmIsGone(npm))) await delay(PARENT_POLL_MS, undefined, { ref: false });
  return 'npm is gone';
}
