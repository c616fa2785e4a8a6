import { DEFAULT_PAGE_SIZE } from './page-request.js';

/** What a connection field tells the gateway of its size (Federation's `@listSize`), which bounds what a query may cost. */
export function listSize(...slicingArguments: string[]): string {
  const args = [
    `assumedSize: ${DEFAULT_PAGE_SIZE}`,
    `slicingArguments: ${JSON.stringify(slicingArguments)}`,
    'sizedFields: ["nodes", "edges"]',
    // Without one there is a page of the assumed size.
    'requireOneSlicingArgument: false',
  ];
  return `@listSize(${args.join(', ')})`;
}
