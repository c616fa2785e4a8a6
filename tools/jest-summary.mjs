/** A Jest reporter that ends the run with one plain line, for people and machines that read only the last one. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class JestSummary {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // A suite that could not be run at all has no tests to count; it has failed all the same.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // Jest's own summary comes after its reporters.
    process.once('exit', () => process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`));
  }
}
