import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Fault } from '@supergraph/tools/fault';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Closes the channel, at which the program exits. May be called after it has exited. */
  stop(): Promise<void>;
}

/**
 * Starts a program of this package and returns when it has sent its first message. The program gets its task by
 * {@link ownTask} and exits when the channel to us closes.
 * @throws Fault when it exits first
 */
export async function startChild(
  program: URL,
  task: unknown,
  env: Record<string, string> = {},
): Promise<Child> {
  const child = fork(fileURLToPath(program), {
    env: { ...process.env, NODE_ENV: 'production', ...env, TASK: JSON.stringify(task) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Fault(`${program.pathname} did not start`))),
  ]);
  return {
    process: child,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** The task that this process was started with. */
export function ownTask(): unknown {
  return JSON.parse(process.env.TASK ?? '{}');
}
