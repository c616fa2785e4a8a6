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

/** A path from the root of the response, without list indices. */
export interface Path {
  readonly before: Path | null;
  readonly key: string;
}

export interface CompletionOptions {
  readonly schema: GraphQLSchema;
  readonly required: SchemaRequirements;
  readonly inspected: InspectedOperation;
  /** The requirements that the viewer does not meet. */
  readonly unmet: ReadonlySet<Requirement>;
  /** Creates the error for a hidden field or object. */
  rejection(requirement: Requirement, path: readonly string[]): GraphQLError;
}

/**
 * Completes the result of the visible part of an operation to the shape of the whole operation, as GraphQL execution
 * would (specification, sections "Executing Selection Sets" and "Handling Field Errors"). Hidden fields are null, and
 * null propagates to the next nullable parent. A field that is hidden in many list items has one error, without list
 * indices.
 */
export class Completion {
  private readonly fields = new Map<readonly FieldNode[], Map<GraphQLObjectType, Fields>>();
  private readonly errors = new Map<string, GraphQLError>();

  /** @param variables the coerced variables of the whole operation */
  constructor(
    private readonly options: CompletionOptions,
    private readonly variables: Data,
  ) {}

  complete(answer: ExecutionResult<Data>): ExecutionResult<Data> {
    const { schema, inspected } = this.options;
    const { operation, fragments } = inspected;
    const root = schema.getRootType(operation.operation)!;
    const fields = collectFields(schema, fragments, this.variables, root, operation.selectionSet);
    const data = answer.data ? this.object(root, fields, answer.data, null) : null;
    const errors = [...(answer.errors ?? []), ...this.errors.values()];
    return { ...answer, data, ...(errors.length > 0 && { errors }) };
  }

  /** Returns null when a non-null field is null, without completing the fields after it. */
  private object(type: GraphQLObjectType, fields: Fields, source: Data, at: Path | null): Data | null {
    const { inspected, unmet } = this.options;
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
        if (requirement) this.addError(requirement, path);
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
    const { schema, required, inspected, unmet } = this.options;
    const type = isAbstractType(of) ? schema.getType(String(own(value, inspected.typenameKey))) : of;
    if (!isObjectType(type)) throw new Error(`an object of the abstract type ${of.name} has no __typename`);
    const requirement = required.ofType(type.name);
    if (unmet.has(requirement)) {
      this.addError(requirement, path);
      return null;
    }
    return this.object(type, this.fieldsOf(type, nodes), value, path);
  }

  /** Cached, since all list items of one type have the same fields. */
  private fieldsOf(type: GraphQLObjectType, nodes: readonly FieldNode[]): Fields {
    const { schema, inspected } = this.options;
    const byType = this.fields.get(nodes) ?? new Map<GraphQLObjectType, Fields>();
    this.fields.set(nodes, byType);
    const known = byType.get(type);
    if (known) return known;
    const fields = collectSubfields(schema, inspected.fragments, this.variables, type, nodes);
    byType.set(type, fields);
    return fields;
  }

  private addError(requirement: Requirement, at: Path): void {
    const path: string[] = [];
    for (let each: Path | null = at; each; each = each.before) path.unshift(each.key);
    const key = JSON.stringify([path, requirement]);
    if (!this.errors.has(key)) this.errors.set(key, this.options.rejection(requirement, path));
  }
}

/** Reads own properties only, since clients choose the keys and could name inherited ones. */
function own(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
