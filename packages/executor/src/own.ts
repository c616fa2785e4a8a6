/** An object of a response. */
export type Data = Record<string, unknown>;

/** Whether objects inherit a property of this name. */
export function isInherited(key: string): boolean {
  return key in Object.prototype;
}

/** Reads an own property. Documents choose the keys, and could name inherited ones. */
export function own(data: Data, key: string): unknown {
  return isInherited(key) && !Object.hasOwn(data, key) ? undefined : data[key];
}

/** Writes an own property, even `__proto__`. */
export function put(data: Data, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(data, key, { value, enumerable: true, writable: true, configurable: true });
  else data[key] = value;
}

export function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
