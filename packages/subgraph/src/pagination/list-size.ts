import { DEFAULT_PAGE_SIZE } from './page.args.js';

/** `@listSize` for a connection field: the gateway computes the cost of a query from it. */
export function listSize(...slicingArguments: string[]): string {
  const args = [
    `assumedSize: ${DEFAULT_PAGE_SIZE}`,
    `slicingArguments: ${JSON.stringify(slicingArguments)}`,
    'sizedFields: ["nodes", "edges"]',
    // The default page has the assumed size.
    'requireOneSlicingArgument: false',
  ];
  return `@listSize(${args.join(', ')})`;
}
