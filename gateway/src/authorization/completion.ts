import {
  GraphQLError,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type ExecutionResult,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { InspectedOperation } from './inspected-operation.js';
import type { Requirement } from './requirement.js';
import type { SchemaRequirements } from './schema-requirements.js';

type Data = Record<string, unknown>;
type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** From the root of the response, without indices. */
export interface Path {
  readonly before: Path | null;
  readonly key: string;
}

/** What completion goes by. */
export interface Completing {
  readonly schema: GraphQLSchema;
  readonly required: SchemaRequirements;
  readonly inspected: InspectedOperation;
  /** Those that the viewer does not meet. */
  readonly unmet: ReadonlySet<Requirement>;
  /** Makes the error about something that is hidden. */
  refusal(requirement: Requirement, path: readonly string[]): GraphQLError;
}

/**
 * Gives the answer to what was visible of an operation the shape that the whole operation asks for, as GraphQL's
 * execution would (its sections "Executing Selection Sets" and "Handling Field Errors"): what is hidden is null, and
 * null bubbles up to what may be null. What is hidden in many objects alike is one error, whose path has no indices.
 */
export class Completion {
  private readonly fields = new Map<readonly FieldNode[], Map<GraphQLObjectType, Fields>>();
  private readonly errors = new Map<string, GraphQLError>();

  /** @param variables coerced, by the definitions of the whole operation */
  constructor(
    private readonly by: Completing,
    private readonly variables: Data,
  ) {}

  complete(answer: ExecutionResult<Data>): ExecutionResult<Data> {
    const { schema, inspected } = this.by;
    const { operation, fragments } = inspected;
    const root = schema.getRootType(operation.operation)!;
    const fields = collectFields(schema, fragments, this.variables, root, operation.selectionSet);
    const data = answer.data ? this.object(root, fields, answer.data, null) : null;
    const errors = [...(answer.errors ?? []), ...this.errors.values()];
    return { ...answer, data, ...(errors.length > 0 && { errors }) };
  }

  /** Null when one of its fields is null that must not be; what comes after that one is not looked at. */
  private object(type: GraphQLObjectType, fields: Fields, source: Data, at: Path | null): Data | null {
    const { inspected, unmet } = this.by;
    const completed: Data = Object.create(null);
    for (const [key, nodes] of fields) {
      const name = nodes[0]!.name.value;
      if (name === '__typename') completed[key] = type.name;
      else if (name.startsWith('__')) completed[key] = own(source, key);
      else {
        const path = { before: at, key };
        const of = type.getFields()[name]!.type;
        const requirement = nodes
          .map((node) => inspected.selections.get(node))
          .find((each) => each !== undefined && unmet.has(each));
        if (requirement) this.refuse(requirement, path);
        const value = requirement ? null : this.value(of, nodes, own(source, key), path);
        if (value === null && isNonNullType(of)) return null;
        completed[key] = value;
      }
    }
    return completed;
  }

  private value(of: GraphQLOutputType, nodes: readonly FieldNode[], value: unknown, path: Path): unknown {
    const type = isNonNullType(of) ? of.ofType : of;
    if (value === null || value === undefined) return null;
    if (isLeafType(type)) return value;
    if (!isListType(type)) return this.composite(type as GraphQLCompositeType, nodes, value as Data, path);
    const items: unknown[] = [];
    for (const item of value as readonly unknown[]) {
      const completed = this.value(type.ofType, nodes, item, path);
      if (completed === null && isNonNullType(type.ofType)) return null;
      items.push(completed);
    }
    return items;
  }

  private composite(
    of: GraphQLCompositeType,
    nodes: readonly FieldNode[],
    value: Data,
    path: Path,
  ): Data | null {
    const { schema, required, inspected, unmet } = this.by;
    const type = isAbstractType(of) ? schema.getType(String(own(value, inspected.typenameKey))) : of;
    if (!isObjectType(type)) throw new Error(`an object of ${of.name} came without its type`);
    const requirement = required.ofType(type.name);
    if (unmet.has(requirement)) {
      this.refuse(requirement, path);
      return null;
    }
    return this.object(type, this.fieldsOf(type, nodes), value, path);
  }

  /** The same for all items of a list that are of one type. */
  private fieldsOf(type: GraphQLObjectType, nodes: readonly FieldNode[]): Fields {
    const { schema, inspected } = this.by;
    const byType = this.fields.get(nodes) ?? new Map<GraphQLObjectType, Fields>();
    this.fields.set(nodes, byType);
    const known = byType.get(type);
    if (known) return known;
    const fields = collectSubfields(schema, inspected.fragments, this.variables, type, nodes);
    byType.set(type, fields);
    return fields;
  }

  private refuse(requirement: Requirement, at: Path): void {
    const path: string[] = [];
    for (let each: Path | null = at; each; each = each.before) path.unshift(each.key);
    const key = JSON.stringify([path, requirement]);
    if (!this.errors.has(key)) this.errors.set(key, this.by.refusal(requirement, path));
  }
}

/** Keys come from clients: none may find what objects inherit. */
function own(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
