/** Injects the service's pino `Logger`. */
export const LOGGER = Symbol('logger');

/** Injects the prom-client `Registry` of the service's metrics. */
export const METRICS = Symbol('metrics');
