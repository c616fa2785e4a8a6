import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { ExecutionResult } from 'graphql';

type Loaded = Awaited<ReturnType<ApolloServerOptionsWithGateway<BaseContext>['gateway']['load']>>;

/** The request as Apollo Server passes it to a gateway. */
export type ExecutorRequest = Parameters<NonNullable<Loaded['executor']>>[0];

/** The result of the executor. Its errors are not formatted yet. */
export type ExecutorResult = ExecutionResult<Record<string, unknown>>;
