import { setImmediate as everythingSettled } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Semaphore } from './semaphore.js';

test('limits how many tasks overlap, and starts waiting tasks in order, also after one has failed', async () => {
  const semaphore = new Semaphore(2);
  const begun: number[] = [];
  const ends: ((fails: boolean) => void)[] = [];
  const results = [0, 1, 2, 3].map((n) =>
    semaphore
      .run(async () => {
        begun.push(n);
        if (await new Promise<boolean>((end) => (ends[n] = end))) throw new Error(`${n} failed`);
        return n;
      })
      .catch(({ message }: Error) => message),
  );
  await everythingSettled();
  expect(begun).toEqual([0, 1]);
  ends[1]!(true);
  await everythingSettled();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]!(false);
  await everythingSettled();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]!(false);
  ends[3]!(false);
  expect(await Promise.all(results)).toEqual([0, '1 failed', 2, 3]);
});
