import type { ExecutionResult } from 'graphql';

/** One event as the upstream sent it. */
export interface UpstreamEvent {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: ExecutionResult['errors'];
}
