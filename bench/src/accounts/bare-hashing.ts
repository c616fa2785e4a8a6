import { verify } from '@node-rs/argon2';
import { ownTask } from '../child.js';
import { timesPerSecond } from './crowd-of-clients.js';

/** What the process is told in its environment. */
export interface BareHashingTask {
  readonly password: string;
  /** With the parameters that the service uses. */
  readonly passwordHash: string;
  readonly seconds: number;
}

const AT_ONCE = [2, 3, 4];

/** The most passwords a second that this machine can verify, in a process that does nothing else. */
const { password, passwordHash, seconds } = ownTask() as BareHashingTask;
process.once('disconnect', () => process.exit(0));
process.send?.('started');
const rates: number[] = [];
for (const atOnce of AT_ONCE) {
  rates.push(
    await timesPerSecond(atOnce, seconds, async () => {
      if (!(await verify(passwordHash, password))) throw new Error('the password is not the right one');
    }),
  );
}
process.send?.(Math.max(...rates));
