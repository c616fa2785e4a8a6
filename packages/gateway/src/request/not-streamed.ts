import { GraphQLError } from 'graphql';

/** Added to the `Accept` header, because errors before the start of a stream are always sent as JSON. */
export const OR_JSON = 'application/json;q=0.001';

/** The error for a subscription whose client does not accept a stream. */
export const NOT_STREAMED = new GraphQLError(
  'Subscriptions are streamed. At this address, use WebSocket (sub-protocol graphql-transport-ws), or send ' +
    '`Accept: text/event-stream` (GET or POST) or `Accept: multipart/mixed;subscriptionSpec=1.0` (POST).',
  { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } },
);
