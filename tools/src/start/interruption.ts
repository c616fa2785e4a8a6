import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, parentOf, processIdentity } from '../process-table.js';

const PARENT_POLL_MS = 250;

/**
 * Resolves once, with the reason why this process should stop: a signal, or the end of the npm that started it. Later
 * signals are ignored: npm forwards each Ctrl-C that the terminal has already sent.
 *
 * @param npmParentPid the parent process at the start, if npm started this process. Another parent may exit
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

/** npm is the parent, or the parent of the shell in between. */
async function endOfNpm(parentPid: number): Promise<string> {
  // npm runs `sh -c <script>`. bash replaces itself with the script's only command. dash, which npm calls, does not.
  const isShell = / -c /.test((await commandLine(parentPid)) ?? '');
  const npm = (isShell ? await parentOf(parentPid) : undefined) ?? parentPid;
  const identity = await processIdentity(npm);
  const npmRuns = async () =>
    process.ppid === parentPid && (npm === parentPid || (await processIdentity(npm)) === identity);
  while (await npmRuns()) {
    await delay(PARENT_POLL_MS, undefined, { ref: false });
  }
  return 'npm has ended';
}
