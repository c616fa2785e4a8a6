import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Logger } from 'pino';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { ConfigurationError } from './environment.js';
import { StartUpError } from './start-up.js';

const HIGHEST_PORT = 65_535;
/** The default of `METRICS_PORT` is `PORT` plus this number. */
const DISTANCE = 10_000;

/**
 * The port of a service's metrics.
 * @throws ConfigurationError when the default is not a port
 */
export function metricsPort({
  PORT,
  METRICS_PORT,
}: {
  PORT: number;
  METRICS_PORT?: number | undefined;
}): number {
  const port = METRICS_PORT ?? (PORT === 0 ? 0 : PORT + DISTANCE);
  if (port <= HIGHEST_PORT) return port;
  throw new ConfigurationError(`METRICS_PORT is missing: its default, PORT + ${DISTANCE}, is ${port}`);
}

/**
 * Serves `/metrics` for Prometheus on a separate port, including metrics of the Node.js process.
 * @throws StartUpError that names the variable to set
 */
export async function serveMetrics(
  registry: Registry,
  { host, port }: { readonly host: string; readonly port: number },
  logger: Logger,
): Promise<Server> {
  collectDefaultMetrics({ register: registry });
  const server = createServer((request, response) => {
    const rejected = rejectionOf(request, host);
    if (rejected !== null) {
      response.writeHead(rejected, rejected === 405 ? { allow: 'GET, HEAD' } : {}).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'metrics failed');
        response.writeHead(500).end();
      },
    );
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartUpError(
      code === 'EADDRINUSE'
        ? `port ${port} of ${host}, for metrics, is in use: set METRICS_PORT to a free one`
        : `cannot serve metrics on ${host}:${port} (METRICS_HOST, METRICS_PORT): ${code ?? message}`,
    );
  }
  return server;
}

/** The status of a rejected request, or null for a request for the metrics. */
function rejectionOf({ url = '', method = '', headers }: IncomingMessage, listening: string): number | null {
  if (url.split('?')[0] !== '/metrics') return 404;
  if (!['GET', 'HEAD'].includes(method)) return 405;
  // A web page can point its own host name at the loopback address (DNS rebinding).
  return isLoopback(listening) && !isLoopback(hostnameOf(headers.host)) ? 403 : null;
}

function isLoopback(host: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/i.test(host);
}

function hostnameOf(host = ''): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}
