/** Injects the service's pino `Logger`. */
export const LOGGER = Symbol('logger');

/** Injects the part of the service's configuration that its modules may use. */
export const CONFIG = Symbol('config');

/** Injects the prom-client `Registry` of the service's metrics. */
export const METRICS = Symbol('metrics');
