const requestIds = new WeakMap<object, string>();

/** The request that an error belongs to, if somebody has noted it. */
export function requestIdOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null ? requestIds.get(thrown) : undefined;
}

/** Notes which request an error belongs to; answers the error. */
export function belongsTo<Thrown extends object>(requestId: string, thrown: Thrown): Thrown {
  requestIds.set(thrown, requestId);
  return thrown;
}
