import {
  Kind,
  print,
  visit,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type ObjectValueNode,
  type SelectionSetNode,
} from 'graphql';
import { isCondition } from './conditions.js';
import { fragmentsOf } from './document/fragments.js';

/** The keys of a response: a field's alias, or its name. */
export function responseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

/** The response keys of a document, and the fields that it selects under them. */
export class DocumentKeys {
  /** The keys of fields with directives of subgraphs. */
  private readonly changed = new Set<string>();
  /** The fields and arguments of each key, in the order of the document. */
  private readonly selections = new Map<string, string[]>();
  /** The keys with which fragments on different types select different fields in one place. */
  private readonly ambiguous: ReadonlySet<string>;

  /** @param document the client's */
  constructor(private readonly document: DocumentNode) {
    visit(document, { Field: (node) => this.add(node) });
    const hasSeveral = [...this.selections.values()].some(({ length }) => length > 1);
    this.ambiguous = hasSeveral ? this.findAmbiguous() : new Set();
  }

  /**
   * Whether a field with this key has directives of subgraphs, which may change its value. All fields with such a key are
   * one field where they meet.
   */
  isChanged(key: string): boolean {
    return this.changed.has(key);
  }

  /** Tells fields apart that have one key in one place, and are selected for objects of different types: 0, 1, ... */
  numberOf(node: FieldNode): number {
    const key = responseKey(node);
    return this.ambiguous.has(key) ? this.selections.get(key)!.indexOf(selectionOf(node)) : 0;
  }

  private add(node: FieldNode): void {
    const key = responseKey(node);
    // The executor needs the types of objects under this name.
    if (key !== '__typename' && node.directives?.some((each) => !isCondition(each))) this.changed.add(key);
    const known = this.selections.get(key) ?? [];
    const selection = selectionOf(node);
    if (!known.includes(selection)) this.selections.set(key, [...known, selection]);
  }

  private findAmbiguous(): ReadonlySet<string> {
    const found = new Set<string>();
    const fragments = fragmentsOf(this.document);
    const collect = (set: SelectionSetNode, visited: Set<string>, fields: Map<string, FieldNode[]>): void => {
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) {
          const key = responseKey(node);
          fields.set(key, [...(fields.get(key) ?? []), node]);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          collect(node.selectionSet, visited, fields);
        } else if (!visited.has(node.name.value)) {
          visited.add(node.name.value);
          collect(fragments.get(node.name.value)!.selectionSet, visited, fields);
        }
      }
    };
    const search = (sets: readonly SelectionSetNode[]): void => {
      const fields = new Map<string, FieldNode[]>();
      const visited = new Set<string>();
      for (const set of sets) collect(set, visited, fields);
      for (const [key, nodes] of fields) {
        if (new Set(nodes.map(selectionOf)).size > 1) found.add(key);
        const nested = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
        if (nested.length > 0) search(nested);
      }
    };
    for (const each of this.document.definitions)
      if (each.kind === Kind.OPERATION_DEFINITION) search([each.selectionSet]);
    return found;
  }
}

/** The name and arguments of a field, in the same order for equal ones, without its key in the response. */
function selectionOf({ name, arguments: given = [] }: FieldNode): string {
  return [name.value, ...given.map((each) => print(withSortedObjects(each))).toSorted()].join(' ');
}

function withSortedObjects(node: ArgumentNode): ArgumentNode {
  const sorted = (value: ObjectValueNode): ObjectValueNode => ({
    ...value,
    fields: value.fields.toSorted((one, other) => (one.name.value < other.name.value ? -1 : 1)),
  });
  return visit(node, { ObjectValue: { leave: sorted } });
}
