import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Fault } from '@supergraph/tools/fault';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Ends it, unless it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts one of our own programs with a task, which it finds in `TASK`, and returns when it has sent its first
 * message. It is to end by itself when its channel to us is gone.
 * @throws Fault when it ends before
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
      const exited = once(child, 'exit');
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await exited;
    },
  };
}

/** What a program of ours was started to do. */
export function ownTask(): unknown {
  return JSON.parse(process.env.TASK ?? '{}');
}
