import type { ExecutionResult } from 'graphql';

/** What an upstream sent for one event. */
export interface UpstreamEvent {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: ExecutionResult['errors'];
}
