const requestIds = new WeakMap<object, string>();

/** Returns the id of the request that caused an error, if `belongsTo` recorded one. */
export function requestIdOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null ? requestIds.get(thrown) : undefined;
}

/** Records the request that caused an error, and returns the error. */
export function belongsTo<Thrown extends object>(requestId: string, thrown: Thrown): Thrown {
  requestIds.set(thrown, requestId);
  return thrown;
}
