import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { ExecutionResult } from 'graphql';

type Loaded = Awaited<ReturnType<ApolloServerOptionsWithGateway<BaseContext>['gateway']['load']>>;

/** An operation of a valid document. Apollo Server passes the same, with more, to a gateway. */
export type ExecutorRequest = Pick<
  Parameters<NonNullable<Loaded['executor']>>[0],
  'request' | 'context' | 'schema' | 'source' | 'queryHash' | 'document' | 'operation'
>;

/** The result of the executor. Its errors are not formatted yet. */
export type ExecutorResult = ExecutionResult<Record<string, unknown>>;
