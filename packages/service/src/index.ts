export { CursorCodec, InvalidCursor } from './cursor-codec.js';
export { isDatabaseAway } from './database-away.js';
export { DomainError, ERROR_CODES } from './domain-error.js';
export {
  ConfigurationError,
  isExample,
  origin,
  origins,
  postgresUrl,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from './environment.js';
export { type ErrorFormatter, errorFormatter, internalError } from './format-error.js';
export { GRAPHQL_PATH, SUBGRAPH_BODY_LIMIT } from './graphql-endpoint.js';
export { healthModule, type Readiness } from './health.js';
export { CONFIG, LOGGER, METRICS } from './injection-tokens.js';
export { LARGEST_LIVE_MESSAGE } from './live-messages.js';
export { createLogger } from './logger.js';
export { networkOf } from './network.js';
export { currentCaller, deadlineOf, forCallerOf, TIMEOUT_HEADER } from './request-deadline.js';
export {
  currentRequestId,
  newRequestId,
  REQUEST_ID_HEADER,
  wellFormedRequestId,
  withRequestId,
} from './request-id.js';
export { Semaphore } from './semaphore.js';
export { allowSlowRequest } from './slow-requests.js';
export { createService, type ServiceDefinition, startService } from './start-service.js';
export { databaseUnreachable, explainStartUp, StartUpError } from './start-up.js';
export { WakeableTimer } from './wakeable-timer.js';
export { acceptWebSockets, type Rejection } from './websocket-server.js';
