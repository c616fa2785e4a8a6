import './setup.js';

/** Jest's globalTeardown for e2e. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function tearDownSharedSystems(): Promise<void> {
  await globalThis.sharedSystems?.close();
}
