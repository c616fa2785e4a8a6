import { errorFormatter, type ErrorFormatter } from '@kit/service';
import type { Logger } from 'pino';
import { requestIdOf } from '../request/error-request-ids.js';
import { withoutFrameworkNames } from '../request/framework-names.js';
import { withoutHints } from '../request/schema-hints.js';
import { withLimitDetails } from './limits/limit-exceeded.js';
import { LIMITS, type Limits } from './limits/limits.js';
import type { PersistedOperation } from './persisted-operations/manifest.js';
import { Safelist } from './persisted-operations/safelist.js';

export interface OperationSettings {
  /** In production, introspection is disabled, and messages contain no names from the schema. */
  readonly production: boolean;
  /** The limit of an operation's worst-case cost. */
  readonly cost: number;
  /** The operations that are allowed; null allows all. */
  readonly persistedOperations: readonly PersistedOperation[] | null;
}

/** The rules for operations, and how their errors are reported. */
export class OperationRules {
  readonly production: boolean;
  readonly limits: Limits;
  /** The allowed operations; null allows all. */
  readonly safelist: Safelist | null;
  readonly formatError: ErrorFormatter;

  constructor({ production, cost, persistedOperations }: OperationSettings, logger: Logger) {
    this.production = production;
    this.limits = { ...LIMITS, cost };
    this.safelist = persistedOperations && new Safelist(persistedOperations);
    const format = withoutFrameworkNames(errorFormatter(logger, requestIdOf));
    this.formatError = withLimitDetails(production ? withoutHints(format) : format, this.limits);
  }
}
