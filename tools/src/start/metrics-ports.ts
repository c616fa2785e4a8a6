import { HIGHEST_STEADY_PORT, listenFault } from '../free-port.js';
import type { PerService } from '../services.js';

/** The default of every service as well. */
const DISTANCE = 10_000;

/**
 * Where the services serve their metrics: the service's port + 10000. It is 0, any free port, where that is in use, or
 * may be before the service listens: metrics are no reason for `npm start` to fail.
 * @param chosen every port that is listened on for something else
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
  return {
    gateway: await choose(ports.gateway),
    users: await choose(ports.users),
    emailSubscriptions: await choose(ports.emailSubscriptions),
  };
}
