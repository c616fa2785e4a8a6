import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Counts the selections of a document with its fragments expanded: fields, inline fragments and spreads. Thirty
 * fragments that spread each other twice expand to a billion selections. Each fragment is counted only once, so the
 * time is linear in the size of the document.
 */
export class Expansion {
  /** Operations, and fragments that no operation uses, since validation covers those too. */
  readonly roots: readonly (OperationDefinitionNode | FragmentDefinitionNode)[];
  /** Number of selections of all roots; infinite if a fragment spreads itself. */
  readonly size: number;
  /** Number of selections visited while counting. */
  visited = 0;

  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly sizes = new Map<FragmentDefinitionNode, number>();

  constructor({ definitions }: DocumentNode) {
    const operations = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    for (const fragment of fragments) this.fragments.set(fragment.name.value, fragment);

    let size = operations.reduce((sum, { selectionSet }) => sum + this.sizeOf(selectionSet), 0);
    const unreached = fragments.filter((fragment) => !this.sizes.has(fragment));
    for (const fragment of unreached) size += this.sizeOfFragment(fragment);
    this.size = size;
    this.roots = [...operations, ...unreached];
  }

  fragment(name: string): FragmentDefinitionNode | undefined {
    return this.fragments.get(name);
  }

  private sizeOf({ selections }: SelectionSetNode): number {
    let size = 0;
    for (const node of selections) {
      this.visited += 1;
      size += 1;
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = this.fragments.get(node.name.value);
        if (fragment) size += this.sizeOfFragment(fragment);
      } else if (node.selectionSet) {
        size += this.sizeOf(node.selectionSet);
      }
    }
    return size;
  }

  private sizeOfFragment(fragment: FragmentDefinitionNode): number {
    const known = this.sizes.get(fragment);
    if (known !== undefined) return known;
    // A fragment that is reached again during its own count spreads itself.
    this.sizes.set(fragment, Infinity);
    const size = this.sizeOf(fragment.selectionSet);
    this.sizes.set(fragment, size);
    return size;
  }
}
