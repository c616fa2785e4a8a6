import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * How many selections a document has once its fragments are expanded: fields, inline fragments and spreads. Thirty
 * fragments that spread each other twice have a thousand million; each is counted once here, so the work is that of
 * reading the document.
 */
export class Expansion {
  /** What is expanded for itself: operations, and fragments that none of them reaches (validation looks at those, too). */
  readonly roots: readonly (OperationDefinitionNode | FragmentDefinitionNode)[];
  /** Selections of all roots; infinite where a fragment spreads itself. */
  readonly size: number;
  /** Selections that were looked at to find that out. */
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
    // What comes back to it before it is known spreads itself.
    this.sizes.set(fragment, Infinity);
    const size = this.sizeOf(fragment.selectionSet);
    this.sizes.set(fragment, size);
    return size;
  }
}
