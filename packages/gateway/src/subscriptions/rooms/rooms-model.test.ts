import { test } from '@jest/globals';
import * as fc from 'fast-check';
import { fakeTimers } from './testing/fake-timers.js';
import { commands } from './testing/room-commands.js';
import { RoomsRun } from './testing/rooms-run.js';

fakeTimers();

test('delivers each event after a watcher’s cursor once and in order, after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { minLength: 3, maxLength: 40 }), async (list) => {
      const run = new RoomsRun();
      for (const command of list) await run.execute(command);
      await run.finish();
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 300) },
  );
}, 60_000);
