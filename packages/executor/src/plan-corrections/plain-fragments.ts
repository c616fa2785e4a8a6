import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../document/fragments.js';
import { SelectionBudget } from './selection-budget.js';
import { fragmentOn, TYPENAME } from '../document/selection-nodes.js';

/** A place inside the fragments of an object. */
interface Place {
  readonly type: GraphQLCompositeType;
  /** The names of the object types that all type conditions around allow. */
  readonly possible: readonly string[];
}

/**
 * Writes fragments whose type conditions make assertions of the planner fail in another way:
 * - those that never match, because of the type conditions around them, are left out;
 * - inside an object type, the others have no type condition;
 * - inside an interface that is an interface object in a subgraph, those on other abstract types are written for each
 *   object type.
 * @param interfaceObjects the names of the interfaces; null to write fragments for each object type in all abstract types
 * @returns the same document when it has no such fragment
 * @throws GraphQLError when too many fragments would be written
 */
export function withPlainFragments(
  document: DocumentNode,
  schema: GraphQLSchema,
  interfaceObjects: ReadonlySet<string> | null,
): DocumentNode {
  const fragments = new PlainFragments(fragmentsOf(document), schema, interfaceObjects);
  const definitions = document.definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? [fragments.operation(each)] : [],
  );
  return fragments.areChanged ? { ...document, definitions } : document;
}

class PlainFragments {
  areChanged = false;
  private readonly budget = new SelectionBudget();
  /** How many fragments around are written for each object type. */
  private expanded = 0;

  constructor(
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly schema: GraphQLSchema,
    private readonly interfaceObjects: ReadonlySet<string> | null,
  ) {}

  operation(node: OperationDefinitionNode): OperationDefinitionNode {
    const root = this.schema.getRootType(node.operation);
    return root ? { ...node, selectionSet: this.set(node.selectionSet, this.placeOf(root)) } : node;
  }

  private placeOf(type: GraphQLCompositeType): Place {
    const types = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
    return { type, possible: types.map(({ name }) => name) };
  }

  private set(set: SelectionSetNode, place: Place): SelectionSetNode {
    const selections = set.selections.flatMap((each) => this.selection(each, place));
    return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
  }

  private selection(node: SelectionNode, place: Place): readonly SelectionNode[] {
    if (this.expanded > 0) this.budget.spend();
    if (node.kind === Kind.FIELD) return [this.field(node, place)];
    if (node.kind === Kind.INLINE_FRAGMENT) return this.fragment(node, place);
    const { typeCondition, selectionSet } = this.fragments.get(node.name.value)!;
    const { directives = [] } = node;
    return this.fragment({ kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet }, place);
  }

  private field(node: FieldNode, { type }: Place): FieldNode {
    if (!node.selectionSet || isUnionType(type)) return node;
    const field = type.getFields()[node.name.value];
    const returned = field && getNamedType(field.type);
    if (!isCompositeType(returned)) return node;
    return { ...node, selectionSet: this.set(node.selectionSet, this.placeOf(returned)) };
  }

  private fragment(node: InlineFragmentNode, place: Place): readonly InlineFragmentNode[] {
    const type = node.typeCondition && this.schema.getType(node.typeCondition.name.value);
    if (!isCompositeType(type) || type === place.type) return [this.inside(node, place)];
    const allowed = this.placeOf(type).possible;
    const possible = place.possible.filter((each) => allowed.includes(each));
    if (possible.length === 0) return this.change([]);
    if (isObjectType(place.type)) return this.change([this.inside(unconditional(node), place)]);
    if (!this.isHidden(type, place.type)) return [this.inside(node, { type, possible })];
    const types = possible.map((each) => this.schema.getType(each) as GraphQLCompositeType);
    this.expanded += 1;
    const selections = types.map((each) =>
      fragmentOn(each.name, this.set(node.selectionSet, this.placeOf(each)).selections),
    );
    this.expanded -= 1;
    return this.change([unconditional({ ...node, selectionSet: { ...node.selectionSet, selections } })]);
  }

  private inside(node: InlineFragmentNode, place: Place): InlineFragmentNode {
    return { ...node, selectionSet: this.set(node.selectionSet, place) };
  }

  /** Whether a subgraph may not know that the objects of an abstract type have another abstract type. */
  private isHidden(type: GraphQLCompositeType, parent: GraphQLCompositeType): boolean {
    if (!isAbstractType(type)) return false;
    if (isInterfaceType(parent) && this.schema.isSubType(type, parent)) return false;
    return this.interfaceObjects === null || this.interfaceObjects.has(parent.name);
  }

  private change<Changed>(selections: Changed): Changed {
    this.areChanged = true;
    return selections;
  }
}

function unconditional({ kind, directives = [], selectionSet }: InlineFragmentNode): InlineFragmentNode {
  return { kind, directives, selectionSet };
}
