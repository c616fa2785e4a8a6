import { parse, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { ResultShape } from './graphql-result.js';

/** The planner's texts come again and again, as its plans are kept. */
const KEPT = 500;

/** The forms of results by the texts of their operations, each made once, and forgotten with its schema. */
export class ResultShapes {
  private readonly bySchema = new WeakMap<GraphQLSchema, LRUCache<string, ResultShape>>();

  /** @param schema what clients see of the supergraph that the operation was planned for */
  of(operation: string, schema: GraphQLSchema): ResultShape {
    let shapes = this.bySchema.get(schema);
    if (!shapes) this.bySchema.set(schema, (shapes = new LRUCache({ max: KEPT })));
    let shape = shapes.get(operation);
    if (!shape)
      shapes.set(operation, (shape = new ResultShape(parse(operation, { noLocation: true }), schema)));
    return shape;
  }
}
