import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  print,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isCondition } from '../conditions.js';
import { responseKey } from '../document-keys.js';

type Conditions = readonly DirectiveNode[];

/**
 * Writes the root fields of mutations without fragments, each once. The planner executes the fields of fragments before
 * others, and executes a field twice that is selected with and without a condition.
 * @throws GraphQLError when a field is selected under several conditions, none of which implies another
 */
export function mutationsInOrder(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return visit(document, {
    OperationDefinition: (node) => {
      if (node.operation !== OperationTypeNode.MUTATION) return undefined;
      const roots = new RootFields(fragments);
      roots.collect(node.selectionSet, []);
      return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: roots.selections() } };
    },
  });
}

interface RootField {
  readonly field: FieldNode;
  readonly conditions: Conditions;
}

class RootFields {
  private readonly fields: RootField[] = [];

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  collect({ selections }: SelectionSetNode, conditions: Conditions): void {
    for (const node of selections) {
      const all = [...conditions];
      const own: DirectiveNode[] = [];
      for (const each of node.directives ?? []) {
        if (node.kind === Kind.FIELD && !isCondition(each)) own.push(each);
        else if (!all.some((one) => print(one) === print(each))) all.push(each);
      }
      if (node.kind === Kind.FIELD) this.add({ field: { ...node, directives: own }, conditions: all });
      else if (node.kind === Kind.INLINE_FRAGMENT) this.collect(node.selectionSet, all);
      else this.collect(this.fragments.get(node.name.value)!.selectionSet, all);
    }
  }

  selections(): SelectionNode[] {
    return this.fields.map(({ field, conditions }) => {
      const names = conditions.map(({ name }) => name.value);
      const under = (some: Conditions) => ({ ...field, directives: [...some, ...(field.directives ?? [])] });
      // A field cannot have two conditions of one name.
      return new Set(names).size === names.length
        ? under(conditions)
        : conditional(conditions.slice(1), [under(conditions.slice(0, 1))]);
    });
  }

  /** Adds a field, or adds its selections to the same field. Fields with conditions that exclude each other stay apart. */
  private add(added: RootField): void {
    const key = responseKey(added.field);
    const same = this.fields.filter(({ field }) => responseKey(field) === key);
    const known = same.find(
      ({ conditions }) => implies(conditions, added.conditions) || implies(added.conditions, conditions),
    );
    if (!known) {
      // A plan would execute the field once for each condition that holds.
      if (!same.every(({ conditions }) => excludes(conditions, added.conditions)))
        throw selectedTwice(added.field);
      this.fields.push(added);
      return;
    }
    const conditions = implies(added.conditions, known.conditions) ? known.conditions : added.conditions;
    const selections = [known, added].flatMap((each) => beneath(each, conditions));
    const { selectionSet } = known.field;
    const field = {
      ...known.field,
      directives: withMissing(known.field.directives ?? [], added.field.directives ?? []),
      ...(selectionSet && { selectionSet: { ...selectionSet, selections } }),
    };
    this.fields[this.fields.indexOf(known)] = { field, conditions };
  }
}

function selectedTwice(field: FieldNode): GraphQLError {
  return new GraphQLError(
    `The mutation "${responseKey(field)}" is selected under several conditions. Select it once.`,
    { nodes: field, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
  );
}

/** The selections of a field for a place that has these conditions. */
function beneath({ field, conditions }: RootField, outer: Conditions): readonly SelectionNode[] {
  const selections = field.selectionSet?.selections ?? [];
  return implies(outer, conditions) ? selections : [conditional(conditions, selections)];
}

function conditional(conditions: Conditions, selections: readonly SelectionNode[]): InlineFragmentNode {
  const [directive, ...others] = conditions;
  return {
    kind: Kind.INLINE_FRAGMENT,
    directives: directive ? [directive] : [],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: others.length > 0 ? [conditional(others, selections)] : selections,
    },
  };
}

/** The directives of a field, and those with other names. A field can have most directives only once. */
function withMissing(some: readonly DirectiveNode[], others: readonly DirectiveNode[]): DirectiveNode[] {
  const names = new Set(some.map(({ name }) => name.value));
  return [...some, ...others.filter(({ name }) => !names.has(name.value))];
}

/** Whether what meets some conditions meets the others, too. */
function implies(some: Conditions, others: Conditions): boolean {
  return others.every((each) => some.some((one) => print(one) === print(each)));
}

/** Whether two lists of conditions are never met together. */
function excludes(some: Conditions, others: Conditions): boolean {
  const value = ({ arguments: given = [] }: DirectiveNode) => given.map(print).join();
  return some.some((one) =>
    others.some((each) => one.name.value !== each.name.value && value(one) === value(each)),
  );
}
