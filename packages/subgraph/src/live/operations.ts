import { UNTRUSTED_CALLER, UntrustedCallerError } from '@kit/auth';
import { newRequestId, withRequestId } from '@kit/service';
import { GraphQLError, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import type { TokenVerifier } from '../trust.js';
import { clientErrors } from './client-errors.js';
import { LiveExecution, type LiveContext } from './execution.js';
import { readOperation } from './operation.js';

/** Closes a socket after an operation without a token, which the gateway never sends. */
const CLOSE_UNTRUSTED = 4401;

const untrustedCaller = new GraphQLError(UNTRUSTED_CALLER.message, UNTRUSTED_CALLER);

/**
 * The options of graphql-ws. Each `subscribe` message has its own transaction token, in `extensions.txnToken`, and
 * `connection_init` needs none. An error of an operation ends only this operation.
 */
export function liveOperations(
  schema: GraphQLSchema,
  verify: TokenVerifier,
  logger: Logger,
): ServerOptions<Record<string, unknown>, Extra> {
  const toClient = clientErrors(logger);
  const execution = new LiveExecution(toClient);

  const read = (payload: SubscribePayload, requestId: string): ExecutionArgs | GraphQLError[] => {
    try {
      const contextValue: LiveContext = { auth: verify(payload.extensions?.txnToken), requestId };
      const operation = readOperation(schema, payload);
      return Array.isArray(operation) ? operation.map(toClient) : { ...operation, contextValue };
    } catch (error) {
      if (!(error instanceof UntrustedCallerError)) return [toClient(error)];
      logger.warn({ why: error.message }, 'untrusted caller rejected');
      return [untrustedCaller];
    }
  };

  return {
    onSubscribe: ({ extra }, _id, payload) => {
      const token = payload.extensions?.txnToken ?? null;
      if (token === null) extra.socket.close(CLOSE_UNTRUSTED, UNTRUSTED_CALLER.extensions.code);
      const requestId = newRequestId();
      return withRequestId(requestId, () => read(payload, requestId));
    },
    execute: (args) => execution.execute(args),
    subscribe: (args) => execution.subscribe(args),
  };
}
