const VARIABLE = 'SUPERGRAPH_TEST_SYSTEMS';

/** Jest starts its workers with the environment of this process, which is how they learn the keeper's address. */
export function announceKeeper(address: string): void {
  process.env[VARIABLE] = address;
}

/** @throws Error outside a Jest run */
export function announcedKeeper(): string {
  const address = process.env[VARIABLE];
  if (address === undefined)
    throw new Error('Run the tests with Jest and the configuration of the root folder.');
  return address;
}
