import { announceKeeper } from './announcement.js';
import { Keeper } from './keeper.js';

declare global {
  // oxlint-disable-next-line no-var -- Jest passes nothing else from a set-up to its teardown
  var sharedSystems: Keeper | undefined;
}

/** Jest's globalSetup for e2e. Systems start when a test file first needs one. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function setUpSharedSystems(): Promise<void> {
  globalThis.sharedSystems = new Keeper();
  announceKeeper(await globalThis.sharedSystems.listen());
}
