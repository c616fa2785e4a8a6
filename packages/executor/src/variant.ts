import type { ExecutionResult, GraphQLError } from 'graphql';
import type { CodeBudget } from './code/source.js';
import { Execution, type RunOptions } from './execution.js';
import type { Data } from './own.js';
import type { Step } from './step.js';
import { generateProjection, type Project } from './projection/projection-code.js';
import type { ObjectProjection } from './projection/projections.js';
import type { ReportedErrors } from './reported-errors.js';
import { Projector } from './projection/project.js';

/** A program for one combination of the values in `@skip` and `@include`. */
export class Variant {
  private uses = 0;
  private project: Project | null = null;

  /** @param step null when nothing is fetched */
  constructor(
    private readonly step: Step | null,
    private readonly projection: ObjectProjection,
    private readonly reported: ReportedErrors,
    private readonly budget: CodeBudget,
  ) {}

  async run<Context>(options: RunOptions<Context>): Promise<ExecutionResult<Data>> {
    this.uses += 1;
    // Documents that are used once are not worth the time to compile.
    if (this.uses === 2) this.project = generateProjection(this.projection, this.budget);
    const execution = new Execution(options);
    await this.step?.(execution);
    const errors = execution.fetchErrors();
    const reported = (data: Data | null) =>
      this.reported.among(errors, (error) => execution.originOf(error), data);
    const compiled = this.project?.(execution.data);
    if (compiled) return errors.length > 0 ? resultOf(compiled, reported(compiled)) : { data: compiled };
    const projector = new Projector(execution.knownErrors(errors));
    const data = projector.object(this.projection, execution.data);
    return resultOf(data, [...reported(data), ...projector.errors]);
  }
}

function resultOf(data: Data | null, errors: readonly GraphQLError[]): ExecutionResult<Data> {
  return errors.length > 0 ? { errors, data } : { data };
}
