import 'reflect-metadata';
import type { Server } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { answerOtherMethods } from './allowed-methods.js';
import { readJsonBodies, type BodyRejection } from './body-rejection.js';
import { drain } from './health.js';
import { HttpErrorFilter } from './http-error.filter.js';
import { nestLogger } from './logger.js';
import { metricsPort, serveMetrics } from './metrics.js';
import { forCallerOf } from './request-deadline.js';
import { newRequestId, REQUEST_ID_HEADER, wellFormedRequestId, withRequestId } from './request-id.js';
import { closeIdleConnections } from './idle-connections.js';
import { RequestOrWebSocket } from './ignored-upgrades.js';
import { rejectMalformedRequests } from './malformed-requests.js';
import { explainStartUp } from './start-up.js';
import { closeUnreadResponses } from './unread-responses.js';
import { unroutedRequests } from './unrouted-requests.js';

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node checks this limit, in milliseconds. */
const REQUEST_TIMEOUT_CHECK_MS = 5_000;

const SHUTTING_DOWN = {
  message: 'The server is shutting down. Please try again.',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
} as const;

export interface ServiceDefinition {
  readonly module: DynamicModule;
  readonly config: {
    HOST: string;
    PORT: number;
    METRICS_HOST: string;
    METRICS_PORT?: number | undefined;
    DRAIN_TIMEOUT_MS: number;
  };
  readonly logger: Logger;
  /** The largest request body accepted, in bytes. */
  readonly bodyLimit: number;
  readonly bodyRejection?: BodyRejection;
  /** Headers of every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * `trust`: a subgraph uses the gateway's request id, and its code runs with it (`currentRequestId`, `currentCaller`).
   * `generate`: the gateway does not trust its callers' ids. It passes ids as arguments, since `AsyncLocalStorage` is
   * expensive on Node 20.
   */
  readonly requestIds: 'trust' | 'generate';
  /** Paths that are polled. Successful requests are logged at `debug`, like health checks. */
  readonly polledPaths?: readonly string[];
  /** The service's own metrics. Metrics of the process are added. */
  readonly metrics?: Registry;
  /** Runs before any route exists, to add hooks for all requests. */
  readonly beforeRoutes?: (fastify: FastifyInstance, app: NestFastifyApplication) => void;
  /** Runs after initialization, just before the service listens. */
  readonly beforeListening?: (app: NestFastifyApplication) => void | Promise<void>;
}

/**
 * Runs a service: reads the configuration, listens, and drains on SIGTERM, on SIGINT, and when the process that started it
 * over an IPC channel exits. An error at start prints one message and sets exit code 1.
 */
export async function startService(name: string, define: () => ServiceDefinition): Promise<void> {
  let definition: ServiceDefinition | undefined;
  let stop = (_why: string): void => process.exit(1);
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  if (process.connected) process.once('disconnect', () => stop('the parent process has exited'));
  try {
    definition = define();
    const { config, logger, metrics = new Registry() } = definition;
    const metricsAddress = { host: config.METRICS_HOST, port: metricsPort(config) };
    const app = await createService(definition);
    // It stays open until the process exits, so that metrics can be read during the drain.
    const metricsServer = await serveMetrics(metrics, metricsAddress, logger);
    await app.listen(config.PORT, config.HOST);
    logger.info({ url: await app.getUrl(), metrics: metricsServer.address() }, 'listening');
    stop = drainer(app, definition);
  } catch (error) {
    process.stderr.write(`${name}: ${explainStartUp(error, definition?.config)}\n`);
    process.exit(1);
  }
}

/** Creates a service that does not listen yet. */
export async function createService(definition: ServiceDefinition): Promise<NestFastifyApplication> {
  const { logger, bodyLimit, headers = {} } = definition;
  const options: FastifyHttpOptions<Server> = {
    bodyLimit,
    // Fastify has no default. Node also limits the time for the headers to this.
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      IncomingMessage: RequestOrWebSocket,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_CHECK_MS,
      // `rejectMalformedRequests` checks it after routing, with error format, request id and log.
      requireHostHeader: false,
      // Node would keep the first of two `Host` or `Authorization` headers. A proxy may have kept the other one.
      joinDuplicateHeaders: true,
    },
    ...unroutedRequests(logger, headers),
    // Fastify's 503 has another format and no request id. See `rejectWhenClosing`.
    return503OnClosing: false,
    genReqId: ({ headers }) =>
      (definition.requestIds === 'trust' && wellFormedRequestId(headers[REQUEST_ID_HEADER])) ||
      newRequestId(),
  };
  const adapter = new FastifyAdapter(options);
  const app = await NestFactory.create<NestFastifyApplication>(definition.module, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const fastify: FastifyInstance = adapter.getInstance();
  // Node would drop headers after the thousandth, perhaps a token. Their total size is limited to 16 KiB anyway.
  fastify.server.maxHeadersCount = 0;
  readJsonBodies(fastify, definition.bodyRejection);
  identifyAndLogRequests(fastify, definition);
  rejectWhenClosing(fastify);
  closeUnreadResponses(fastify, logger);
  definition.beforeRoutes?.(fastify, app);
  // After these hooks: a subgraph first rejects untrusted callers, without details.
  rejectMalformedRequests(fastify);
  const addOtherMethods = answerOtherMethods(fastify);
  app.useGlobalFilters(new HttpErrorFilter(logger));
  await app.init();
  addOtherMethods();
  // After the hooks that wait for something before the server closes.
  closeIdleConnections(fastify);
  try {
    await definition.beforeListening?.(app);
  } catch (error) {
    // Closes what is already open. The first error is reported, not those of closing.
    await app.close().catch((closing: unknown) => definition.logger.error({ err: closing }, 'not closed'));
    throw error;
  }
  return app;
}

function identifyAndLogRequests(
  fastify: FastifyInstance,
  { logger, requestIds, headers = {}, polledPaths = [] }: ServiceDefinition,
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    reply.headers(headers);
    done();
  });
  if (requestIds === 'trust') {
    // Not in onRequest: parsing the body would lose the async context.
    fastify.addHook('preHandler', (request, _reply, done) =>
      withRequestId(request.id, () => forCallerOf(request, done)),
    );
  }
  // These lines contain no secrets, so the search for secrets is skipped.
  const requestLog = logger.child({}, { formatters: { log: (fields) => fields } });
  fastify.addHook('onResponse', (request, reply, done) => {
    // The path of the route. The URL of a request may contain anything, at any length.
    const path = request.routeOptions.url ?? 'none';
    const polled = polledPaths.includes(path) && reply.statusCode < 400;
    const level = path.startsWith('/health/') || polled ? 'debug' : 'info';
    requestLog[level](
      {
        requestId: request.id,
        method: request.method,
        path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
}

/** Rejects requests on existing connections while the server closes. */
function rejectWhenClosing(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (!isClosing) return done();
    void reply.code(503).send({ errors: [SHUTTING_DOWN] });
  });
}

/** @returns a function that exits the process when all requests are done, or after the drain timeout */
function drainer(app: NestFastifyApplication, { logger, config }: ServiceDefinition): (why: string) => void {
  return (why) => {
    if (drain.started) return;
    drain.started = true;
    logger.info({ why }, 'draining');
    setTimeout(() => {
      logger.warn('drain timeout: remaining connections are cut');
      process.exit(1);
    }, config.DRAIN_TIMEOUT_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'drain failed');
        process.exit(1);
      },
    );
  };
}
