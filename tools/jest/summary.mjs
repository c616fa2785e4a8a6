import path from 'node:path';

const SLOWEST = 10;
const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(7)} s`;

/**
 * A Jest reporter. It prints the time of each project and of the slowest test files, so that slow tests are noticed. The
 * last line of the run is plain text, for people and programs that read only that line.
 */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class JestSummary {
  files = [];

  onTestFileResult(test, { perfStats }) {
    const { displayName, rootDir } = test.context.config;
    this.files.push({
      project: displayName?.name ?? '',
      file: path.relative(rootDir, test.path),
      ms: perfStats.runtime,
    });
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // A suite that could not run has no tests to count, but has failed.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const lines = [...this.times(), `${numPassedTests} passed, ${failed} failed`];
    // Jest's own summary comes after its reporters.
    process.once('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }

  times() {
    const projects = new Map();
    for (const { project, ms } of this.files) {
      const { files = 0, ms: before = 0 } = projects.get(project) ?? {};
      projects.set(project, { files: files + 1, ms: before + ms });
    }
    const slowest = this.files.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST);
    return [
      '\nTime of each project, its files one after the other:',
      ...[...projects].map(([project, { files, ms }]) => `${seconds(ms)}  ${project} (${files} files)`),
      '\nSlowest files:',
      ...slowest.map(({ file, ms }) => `${seconds(ms)}  ${file}`),
      '',
    ];
  }
}
