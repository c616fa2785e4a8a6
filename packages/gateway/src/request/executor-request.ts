import type { executeQueryPlan } from '@apollo/gateway';
import type { ExecutionResult } from 'graphql';

/** The request as Apollo's executor receives it. */
export type ExecutorRequest = Parameters<typeof executeQueryPlan>[2];

/** The result of the executor. Its errors are not formatted yet. */
export type ExecutorResult = ExecutionResult<Record<string, unknown>>;
