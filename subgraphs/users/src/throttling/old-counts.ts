import type { Trimming } from '../maintenance/trimming.js';

/** Counters that expired an hour ago: `expire` is in milliseconds since 1970, by the clocks of the services. */
export const OLD_COUNTS: Trimming = {
  table: 'throttle',
  where: 'expire < (extract(epoch FROM now()) * 1000)::bigint - 3600000',
};
