import 'reflect-metadata';
import type { Server } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { answerOtherMethods } from './allowed-methods.js';
import { readJsonBodies, type BodyRefusal } from './body-refusal.js';
import { drain } from './health.js';
import { HttpErrorFilter } from './http-error.filter.js';
import { nestLogger } from './logger.js';
import { metricsPort, serveMetrics } from './metrics.js';
import { forCallerOf } from './request-deadline.js';
import { newRequestId, REQUEST_ID_HEADER, wellFormedRequestId, withRequestId } from './request-id.js';
import { closeIdleConnections } from './idle-connections.js';
import { RequestOrWebSocket } from './ignored-upgrades.js';
import { refuseMalformedRequests } from './malformed-requests.js';
import { explainStartUp } from './start-up.js';
import { closeUnreadResponses } from './unread-answers.js';
import { unroutedRequests } from './unrouted-requests.js';

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks who takes longer, in milliseconds. */
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
  readonly bodyRefusal?: BodyRefusal;
  /** Headers of every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * A subgraph goes on with the gateway's request id, and its code runs under it (`currentRequestId`, `currentCaller`).
   * The gateway, whose callers are strangers, makes its own, and passes it on by hand: following every promise costs on
   * Node 20.
   */
  readonly requestIds: 'trust' | 'generate';
  /** What machines ask for all the time: logged at `debug`, as health checks are, when all is well. */
  readonly polledPaths?: readonly string[];
  /** What the service measures, for Prometheus; metrics of the process are added. */
  readonly metrics?: Registry;
  /** Runs before any route exists: the place for hooks on every request. */
  readonly beforeRoutes?: (fastify: FastifyInstance) => void;
  /** Runs when everything is wired, just before the service listens. */
  readonly beforeListening?: (app: NestFastifyApplication) => void | Promise<void>;
}

/**
 * A service's life: read the configuration, wire, listen, drain on SIGTERM or SIGINT (and when the process
 * that started it over an IPC channel is gone). A fault at start is one message and exit status 1.
 */
export async function startService(name: string, define: () => ServiceDefinition): Promise<void> {
  let definition: ServiceDefinition | undefined;
  let stop = (_why: string): void => process.exit(1);
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  if (process.connected) process.once('disconnect', () => stop('the process that started this one is gone'));
  try {
    definition = define();
    const { config, logger, metrics = new Registry() } = definition;
    const metricsAddress = { host: config.METRICS_HOST, port: metricsPort(config) };
    const app = await createService(definition);
    // Until the process ends, so that the metrics of a drain can be read.
    const metricsServer = await serveMetrics(metrics, metricsAddress, logger);
    await app.listen(config.PORT, config.HOST);
    logger.info({ url: await app.getUrl(), metrics: metricsServer.address() }, 'listening');
    stop = drainer(app, definition);
  } catch (error) {
    process.stderr.write(`${name}: ${explainStartUp(error, definition?.config)}\n`);
    process.exit(1);
  }
}

/** Wires a service without listening. */
export async function createService(definition: ServiceDefinition): Promise<NestFastifyApplication> {
  const { logger, bodyLimit, headers = {} } = definition;
  const options: FastifyHttpOptions<Server> = {
    bodyLimit,
    // For receiving one; Fastify has none unless told. Node makes its limit for the headers no longer than what it is given.
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      IncomingMessage: RequestOrWebSocket,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_CHECK_MS,
      // Checked after routing, where the error form, request id and log are: `refuseMalformedRequests`.
      requireHostHeader: false,
      // Node would keep the first of two `Host` or `Authorization` headers, where a proxy may have kept the other.
      joinDuplicateHeaders: true,
    },
    ...unroutedRequests(logger, headers),
    // Fastify's own 503 has another form and no request id: `refuseWhenClosing`.
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
  // Node would drop what comes after the thousandth, a token or a proxy's own line; 16 KiB bound them anyway.
  fastify.server.maxHeadersCount = 0;
  readJsonBodies(fastify, definition.bodyRefusal);
  identifyAndLogRequests(fastify, definition);
  refuseWhenClosing(fastify);
  closeUnreadResponses(fastify, logger);
  definition.beforeRoutes?.(fastify);
  // After those, since a subgraph says nothing to an untrusted caller but that it is one.
  refuseMalformedRequests(fastify);
  const addOtherMethods = answerOtherMethods(fastify);
  app.useGlobalFilters(new HttpErrorFilter(logger));
  await app.init();
  addOtherMethods();
  // After all that waits for something before the server closes.
  closeIdleConnections(fastify);
  try {
    await definition.beforeListening?.(app);
  } catch (error) {
    // What was opened before would go on. Whatever that meets, the first fault is the one to be told.
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
    // Not in onRequest: the body is parsed in between, on events that belong to no request.
    fastify.addHook('preHandler', (request, _reply, done) =>
      withRequestId(request.id, () => forCallerOf(request, done)),
    );
  }
  // Nothing in these lines is anybody's secret, so none of them needs to be searched for one.
  const requestLog = logger.child({}, { formatters: { log: (fields) => fields } });
  fastify.addHook('onResponse', (request, reply, done) => {
    // As the route has it: what else a stranger asks for may be anything, as long as they like.
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

/** Rejects requests that come on a connection from before, once the server closes. */
function refuseWhenClosing(fastify: FastifyInstance): void {
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

/** Answers a function that ends the process as soon as what is under way is done, or the drain window is over. */
function drainer(app: NestFastifyApplication, { logger, config }: ServiceDefinition): (why: string) => void {
  return (why) => {
    if (drain.started) return;
    drain.started = true;
    logger.info({ why }, 'draining');
    setTimeout(() => {
      logger.warn('drain window is over: what is left is cut off');
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
