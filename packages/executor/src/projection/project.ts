import { GraphQLError } from 'graphql';
import type { KnownErrors } from '../known-errors.js';
import { isObject, own, put, type Data } from '../own.js';
import {
  projectionOf,
  type FieldProjection,
  type ObjectProjection,
  type ValueProjection,
} from './projections.js';

/** Maximum number of errors that are reported for the nulls of one response. */
const MAX_ERRORS = 1_000;

/** Where a value stands. Its field is named in errors. */
interface Position {
  readonly type: string;
  readonly field: string;
}

/**
 * Writes a response: the client's keys in the order of the operation, without what was not selected. A null in a
 * non-null place propagates to the next nullable one (GraphQL specification, section "Handling Field Errors").
 */
export class Projector {
  /** The errors for nulls that no other error explains, in the order of the response. */
  readonly errors: GraphQLError[] = [];
  private readonly path: (string | number)[] = [];

  /** @param known the errors of the fetches */
  constructor(private readonly known: KnownErrors) {}

  /** @returns null when a non-null field is null; the fields after it are not read */
  object({ type, isConcrete, fields }: ObjectProjection, data: Data): Data | null {
    const response: Data = {};
    for (const field of fields) {
      if (typeof field === 'string') {
        if (!isConcrete) return this.unknownType({ type, field: '__typename' }, field);
        put(response, field, type);
        continue;
      }
      this.path.push(field.key);
      const value = this.field(type, field, data);
      this.path.pop();
      if (value === null && field.value.isNonNull) return null;
      put(response, field.key, value);
    }
    return response;
  }

  private field(type: string, { source, name, value }: FieldProjection, data: Data): unknown {
    return this.value(value, own(data, source), { type, field: name });
  }

  private value(projection: ValueProjection, value: unknown, at: Position): unknown {
    if (value === null || value === undefined) return this.nothing(projection, at);
    return this.present(projection, value, at);
  }

  private present(projection: ValueProjection, value: unknown, at: Position): unknown {
    if (projection.kind === 'leaf') {
      const { names } = projection;
      return names === null || names.has(value as string) ? value : this.invalid(at);
    }
    if (projection.kind === 'list') {
      if (!Array.isArray(value)) return this.invalid(at);
      const items: unknown[] = [];
      for (let n = 0; n < value.length; n += 1) {
        this.path.push(n);
        const item = this.value(projection.item, value[n], at);
        this.path.pop();
        if (item === null && projection.item.isNonNull) return null;
        items.push(item);
      }
      return items;
    }
    if (!isObject(value)) return this.invalid(at);
    const object = projectionOf(projection.of, value);
    return object ? this.object(object, value) : this.invalid(at);
  }

  private nothing({ isNonNull }: ValueProjection, { type, field }: Position): null {
    if (isNonNull) this.fail(`Cannot return null for non-nullable field ${type}.${field}.`);
    return null;
  }

  private invalid({ type, field }: Position): null {
    return this.fail(`The value of ${type}.${field} is not valid.`);
  }

  private unknownType({ type, field }: Position, key: string): null {
    this.path.push(key);
    this.fail(`Cannot return null for non-nullable field ${type}.${field}.`);
    this.path.pop();
    return null;
  }

  private fail(message: string): null {
    const path = [...this.path];
    if (!this.known.explains(path)) {
      this.known.add(path);
      if (this.errors.length < MAX_ERRORS)
        this.errors.push(new GraphQLError(message, { path, extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }));
    }
    return null;
  }
}
