import { commandLine, parentOf, processIdentity } from '../process-table.js';

/** The npm that runs us: our parent, or the parent of the shell in between, if npm's shell stays there. */
export interface NpmProcess {
  parentPid: number;
  pid: number;
  identity: string | undefined;
}

/**
 * Finds the npm above us.
 * @param parentPid the parent process at our start
 */
export async function findNpm(parentPid: number): Promise<NpmProcess> {
  // npm runs `sh -c <script>`; bash replaces itself by the script's one command, dash (as npm calls it) does not.
  const isShell = / -c /.test((await commandLine(parentPid)) ?? '');
  const pid = (isShell ? await parentOf(parentPid) : undefined) ?? parentPid;
  return { parentPid, pid, identity: await processIdentity(pid) };
}

/** Whether it has ended, by whatever means. */
export async function npmIsGone({ parentPid, pid, identity }: NpmProcess): Promise<boolean> {
  if (process.ppid !== parentPid) return true;
  return pid !== parentPid && (await processIdentity(pid)) !== identity;
}
