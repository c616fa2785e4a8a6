import { parse, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { ResultShape } from './graphql-result.js';

/** The number of cached shapes per schema. Cached plans send the same documents repeatedly. */
const MAX_SHAPES = 500;

/** Caches result shapes by the text of the operation, for as long as its schema is in use. */
export class ResultShapes {
  private readonly bySchema = new WeakMap<GraphQLSchema, LRUCache<string, ResultShape>>();

  /** @param schema the API schema that the operation was planned for */
  of(operation: string, schema: GraphQLSchema): ResultShape {
    let shapes = this.bySchema.get(schema);
    if (!shapes) this.bySchema.set(schema, (shapes = new LRUCache({ max: MAX_SHAPES })));
    let shape = shapes.get(operation);
    if (!shape)
      shapes.set(operation, (shape = new ResultShape(parse(operation, { noLocation: true }), schema)));
    return shape;
  }
}
