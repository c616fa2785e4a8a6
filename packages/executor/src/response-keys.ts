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
import { responseKey, type DocumentKeys } from './document-keys.js';

/** The name of the variable with which the planner passes entities. */
const REPRESENTATIONS = 'representations';

/**
 * Keeps the keys that clients choose apart from the fields that the planner adds for itself: keys of entities and
 * required fields, under their own names. So inside the executor, a field with such a key has a prefix, unless it is
 * that field itself, without arguments and without directives that may change its value. Fields that have one key in
 * one place, and are selected for objects of different types, have a prefix with a number.
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
   * @param keys those of its document
   */
  internal(node: FieldNode, keys: DocumentKeys): string {
    const key = responseKey(node);
    const number = keys.numberOf(node);
    if (number > 0) return `${this.prefix}${number}__${key}`;
    const isItself = key === node.name.value && !node.arguments?.length && !keys.isChanged(key);
    return (this.names.has(key) && !isItself) || key.startsWith(this.prefix) ? this.prefix + key : key;
  }

  /** Whether the planner may have added the field with this key inside the executor. */
  mayBeAdded(key: string): boolean {
    return this.names.has(key);
  }

  /** The client's name for a key, or for a variable, of an internal document. */
  external(key: string): string {
    // No name begins with a digit.
    return key.startsWith(this.prefix) ? key.slice(this.prefix.length).replace(/^\d+__/, '') : key;
  }

  /** Gives a document internal keys. It also renames variables with the planner's name or the prefix. */
  internalDocument(document: DocumentNode, keys: DocumentKeys): DocumentNode {
    return visit(document, {
      Field: (node) => {
        const key = this.internal(node, keys);
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
