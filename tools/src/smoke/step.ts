import { isDeepStrictEqual } from 'node:util';

/** A step whose answer was not what a user should see. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    readonly step: string,
    readonly answer: unknown,
    cause?: unknown,
  ) {
    super(step, { cause });
  }
}

/** Collects what was shown of each step, and stops at the first whose answer is not as expected. */
export class Steps {
  private current = '';
  private answer: unknown;

  /** Plays one step: `play` talks to the system, and checks the answers by {@link Steps.expect}. */
  async step<Result>(title: string, play: () => Promise<Result>): Promise<Result> {
    this.current = title;
    this.answer = undefined;
    try {
      const result = await play();
      console.log(`  ${title}`);
      return result;
    } catch (error) {
      if (error instanceof StepFailed) throw error;
      throw new StepFailed(title, this.answer, error);
    }
  }

  /** Keeps an answer, to be shown if this step fails. */
  note<Answer>(answer: Answer): Answer {
    this.answer = answer;
    return answer;
  }

  /** The step fails unless `condition` holds. */
  expect(condition: boolean): asserts condition {
    if (!condition) throw new StepFailed(this.current, this.answer);
  }

  /** The step fails unless both have the same structure and values. */
  same(actual: unknown, expected: unknown): void {
    this.expect(isDeepStrictEqual(actual, expected));
  }
}
