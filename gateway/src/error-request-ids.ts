import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from './request-context.js';

const requestIds = new WeakMap<object, string>();

/** The request that an error belongs to, if it went through `rememberRequestIds` or `belongsTo`. */
export function requestIdOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null ? requestIds.get(thrown) : undefined;
}

/** Notes which request an error belongs to; answers the error. */
export function belongsTo<Thrown extends object>(requestId: string, thrown: Thrown): Thrown {
  requestIds.set(thrown, requestId);
  return thrown;
}

/** Apollo Server formats errors without saying whose they are; this notes it just before. */
export function rememberRequestIds(): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart({ contextValue }) {
      return {
        async didEncounterErrors({ errors }) {
          for (const error of errors) belongsTo(contextValue.requestId, error);
        },
      };
    },
  };
}
