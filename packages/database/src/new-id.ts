import { v7, validate } from 'uuid';

/** A new id: a UUID version 7 (RFC 9562), which sorts by the time at which it was made. */
export function newId(): string {
  return v7();
}

/** Whether a value has the form of a UUID of any version (RFC 9562), as the type `uuid` of Postgres requires. */
export function isId(value: unknown): value is string {
  return validate(value);
}
