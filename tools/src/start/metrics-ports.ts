import { HIGHEST_STEADY_PORT, listenFault } from '../free-port.js';
import type { PerService } from '../services.js';

/** The same as the services' default. */
const DISTANCE = 10_000;

/**
 * The ports of the services' metrics: the service's port + 10000, or 0 (any free port) if that is in use or may be soon,
 * so that `npm start` does not fail because of metrics.
 * @param chosen all other ports that will be used
 */
export async function metricsPorts(
  ports: PerService<number>,
  chosen: readonly number[],
): Promise<PerService<number>> {
  const choose = async (port: number) => {
    const preferred = port + DISTANCE;
    const isFree =
      preferred <= HIGHEST_STEADY_PORT &&
      !chosen.includes(preferred) &&
      (await listenFault(preferred)) === undefined;
    return isFree ? preferred : 0;
  };
  const { gateway, ...subgraphs } = ports;
  const entries = Object.entries(subgraphs).map(async ([name, port]) => [name, await choose(port)] as const);
  return { gateway: await choose(gateway), ...Object.fromEntries(await Promise.all(entries)) };
}
