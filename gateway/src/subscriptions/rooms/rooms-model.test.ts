import { test } from '@jest/globals';
import * as fc from 'fast-check';
import { fakeTimers } from './testing/fake-timers.js';
import { commands } from './testing/room-commands.js';
import { RoomsRun } from './testing/rooms-run.js';

fakeTimers();

test('each watcher sees what came after its cursor, in order and once, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { minLength: 3, maxLength: 40 }), async (list) => {
      const run = new RoomsRun();
      for (const command of list) await run.execute(command);
      await run.finish();
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 300) },
  );
}, 60_000);
