import {
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type VariableNode,
} from 'graphql';
import { isCondition } from './conditions.js';

/** The name of the variable with which the planner passes entities. */
const REPRESENTATIONS = 'representations';

/** The keys of a response: a field's alias, or its name. */
export function responseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

/**
 * The response keys of fields with directives of subgraphs, which may change their values. All fields with such a key
 * are one field where they meet, so they have one key inside the executor, too.
 * @param document the client's
 */
export function changedKeys(document: DocumentNode): ReadonlySet<string> {
  const keys = new Set<string>();
  visit(document, {
    Field(node) {
      if (node.directives?.some((each) => !isCondition(each))) keys.add(responseKey(node));
    },
  });
  // The executor needs the types of objects under this name.
  keys.delete('__typename');
  return keys;
}

/**
 * Keeps the keys that clients choose apart from the fields that the planner adds for itself: keys of entities and
 * required fields, under their own names. So inside the executor, a field with such a key has a prefix, unless it is
 * that field itself, without arguments and without directives that may change its value.
 */
export class ResponseKeys {
  /** The names of the fields that the planner may add. */
  private readonly names: ReadonlySet<string>;
  /** No name in the supergraph begins with it. */
  private readonly prefix: string;

  /**
   * @param supergraph the supergraph as a schema
   * @param supergraphSdl its document, with the directives of composition
   */
  constructor(supergraph: GraphQLSchema, supergraphSdl: DocumentNode) {
    this.names = new Set(['__typename', ...namesInFieldSets(supergraphSdl)]);
    const names = namesOfFields(supergraph);
    let prefix = 'alias__';
    while (names.some((name) => name.startsWith(prefix))) prefix += '_';
    this.prefix = prefix;
  }

  /**
   * The key of a field inside the executor.
   * @param changed the keys of its document for which `changedKeys` found directives
   */
  internal(node: FieldNode, changed: ReadonlySet<string>): string {
    const key = responseKey(node);
    const isItself = key === node.name.value && !node.arguments?.length && !changed.has(key);
    return (this.names.has(key) && !isItself) || key.startsWith(this.prefix) ? this.prefix + key : key;
  }

  /** Whether the planner may have added the field with this key inside the executor. */
  mayBeAdded(key: string): boolean {
    return this.names.has(key);
  }

  /** The client's name for a key, or for a variable, of an internal document. */
  external(key: string): string {
    return key.startsWith(this.prefix) ? key.slice(this.prefix.length) : key;
  }

  /** Gives a document internal keys. It also renames variables with the planner's name or the prefix. */
  internalDocument(document: DocumentNode, changed: ReadonlySet<string>): DocumentNode {
    return visit(document, {
      Field: (node) => {
        const key = this.internal(node, changed);
        return key === responseKey(node) ? undefined : { ...node, alias: { kind: Kind.NAME, value: key } };
      },
      Variable: (node): VariableNode | undefined => {
        const { value } = node.name;
        if (value !== REPRESENTATIONS && !value.startsWith(this.prefix)) return undefined;
        return { ...node, name: { kind: Kind.NAME, value: this.prefix + value } };
      },
    });
  }
}

function namesOfFields(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.keys(type.getFields()) : [],
  );
}

const JOINS: ReadonlySet<string> = new Set(['join__type', 'join__field']);
const FIELD_SETS: ReadonlySet<string> = new Set(['key', 'requires']);

/** The names in `@key` and `@requires`, as composition writes them. */
function namesInFieldSets(supergraphSdl: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraphSdl, {
    Directive({ name, arguments: given = [] }) {
      if (!JOINS.has(name.value)) return;
      for (const { name: argument, value } of given) {
        if (!FIELD_SETS.has(argument.value)) continue;
        for (const [field] of String(valueFromASTUntyped(value)).matchAll(/\w+/g)) names.add(field);
      }
    },
  });
  return names;
}
