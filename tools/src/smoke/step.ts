import { isDeepStrictEqual } from 'node:util';

/** Loosely typed on purpose: the steps check the shape of each result. */
// oxlint-disable-next-line typescript/no-explicit-any -- a result may have any shape
export type Data = any;

const RESPONSE_MS = 10_000;

/** The message is the title of the step. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    step: string,
    /** The last result that the step received. */
    readonly result: unknown,
    cause?: unknown,
  ) {
    super(step, { cause });
  }
}

/** Runs steps and stops at the first one with an unexpected result. */
export class Steps {
  /** Sent with each request from the moment it is set. */
  accessToken: string | undefined;
  private current = '';
  private result: unknown;

  constructor(readonly url: string) {}

  /** `play` checks its results by {@link expect} and {@link same}. */
  async step<Result>(title: string, play: () => Promise<Result>): Promise<Result> {
    this.current = title;
    this.result = undefined;
    try {
      const result = await play();
      console.log(`  ${title}`);
      return result;
    } catch (error) {
      throw error instanceof StepFailed ? error : new StepFailed(title, this.result, error);
    }
  }

  /** Sends an operation over HTTP and returns `data`. Errors in the result fail the step. */
  async ask(query: string, variables = {}, accessToken = this.accessToken): Promise<Data> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken && { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(RESPONSE_MS),
    });
    const text = await response.text();
    this.result = `HTTP ${response.status} ${text}`;
    return this.data(JSON.parse(text));
  }

  /** The `data` of a result. Errors in the result fail the step. */
  data(result: Data): Data {
    this.result = result;
    this.expect(result?.errors === undefined && result?.data !== undefined);
    return result.data;
  }

  expect(condition: boolean): asserts condition {
    if (!condition) throw new StepFailed(this.current, this.result);
  }

  same(actual: unknown, expected: unknown): void {
    this.expect(isDeepStrictEqual(actual, expected));
  }
}
