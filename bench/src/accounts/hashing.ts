import { verify } from '@node-rs/argon2';
import { ownTask } from '../child.js';
import { timesPerSecond } from '../load.js';

export interface HashingTask {
  readonly password: string;
  /** Made with the parameters of the service. */
  readonly passwordHash: string;
  readonly seconds: number;
}

const AT_ONCE = [2, 3, 4];

/** Sends the highest number of passwords per second that this machine verifies in a process that does nothing else. */
const { password, passwordHash, seconds } = ownTask() as HashingTask;
process.once('disconnect', () => process.exit(0));
process.send?.('started');
const rates: number[] = [];
for (const atOnce of AT_ONCE) {
  rates.push(
    await timesPerSecond(atOnce, seconds, async () => {
      if (!(await verify(passwordHash, password))) throw new Error('the password is wrong');
    }),
  );
}
process.send?.(Math.max(...rates));
