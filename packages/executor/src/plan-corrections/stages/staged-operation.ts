import type { QueryPlan } from '@apollo/query-planner';
import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  print,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutFragments } from '../../document/fragments.js';
import type { ComputedField, ComputedFields } from '../../supergraph/computed-fields.js';
import type { SubgraphTypes } from '../../supergraph/subgraph-types.js';
import { SelectionBudget } from '../selection-budget.js';
import {
  conditionsAmong,
  fragmentOn,
  TYPENAME,
  under,
  withTypenames,
} from '../../document/selection-nodes.js';
import { insideField, insideFragment, placeOf, type Place } from './places.js';
import { Stages } from './stages.js';

/** The parts of a supergraph that decide how operations are staged. */
export interface StagedSchema {
  /** The supergraph to plan with. */
  readonly schema: GraphQLSchema;
  readonly computed: ComputedFields;
  readonly types: SubgraphTypes;
}

/** Which fields are fetched in stages. Chained fields require computed ones. */
export type StagedFields = 'chained fields' | 'all computed fields';

/**
 * An operation without some of its computed fields: what these require is selected instead. They are fetched last, in
 * stages: each stage has what it requires from those before.
 */
export class StagedOperation {
  readonly document: DocumentNode;
  private readonly stages: Stages;
  private readonly budget = new SelectionBudget();
  /** How many selections around are written for several types, or instead of a field. */
  private expanded = 0;
  /** How many stages the fields beneath the current one need. */
  private depth = 0;
  /** The stages of fields, by their places and conditions. Their requirements are written once. */
  private readonly written = new Map<string, number>();

  private constructor(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    private readonly supergraph: StagedSchema,
    private readonly which: StagedFields,
  ) {
    this.stages = new Stages(operation);
    const root = supergraph.schema.getRootType(operation.operation)!;
    const selectionSet = this.set(operation.selectionSet, placeOf(root));
    this.document = {
      ...document,
      definitions: document.definitions.map((each) =>
        each === operation ? { ...operation, selectionSet } : each,
      ),
    };
  }

  /** @returns null when the operation has no such fields */
  static of(
    document: DocumentNode,
    operationName: string | undefined,
    supergraph: StagedSchema,
    which: StagedFields,
  ): StagedOperation | null {
    const inlined = withoutFragments(document);
    const operation = inlined.definitions.find(
      (each) =>
        each.kind === Kind.OPERATION_DEFINITION &&
        (operationName === undefined || each.name?.value === operationName),
    );
    if (operation?.kind !== Kind.OPERATION_DEFINITION) return null;
    const staged = new StagedOperation(inlined, operation, supergraph, which);
    return staged.written.size === 0 ? null : staged;
  }

  /** @param plan of the staged document */
  complete(plan: QueryPlan): QueryPlan {
    return this.stages.addTo(plan);
  }

  private set(set: SelectionSetNode, place: Place): SelectionSetNode {
    const selections = set.selections.flatMap((each) => this.selection(each, place));
    return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
  }

  private selection(selection: SelectionNode, place: Place): readonly SelectionNode[] {
    if (this.expanded > 0) this.budget.spend();
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    if (selection.kind === Kind.FIELD) return this.field(selection, place);
    const inside = insideFragment(place, selection, this.supergraph.schema);
    return [inside ? { ...selection, selectionSet: this.set(selection.selectionSet, inside) } : selection];
  }

  private field(node: FieldNode, place: Place): readonly SelectionNode[] {
    const { schema } = this.supergraph;
    const { type } = place;
    const name = node.name.value;
    if (isObjectType(type)) {
      const field = this.computed(type.name, name);
      if (field) return this.stage(node, field, type, place);
    } else if (isAbstractType(type)) {
      const members = schema.getPossibleTypes(type);
      if (members.some((each) => this.computed(each.name, name)))
        return this.expand(() =>
          members.map((each) => {
            this.budget.spend();
            return fragmentOn(each.name, this.field(node, { ...place, type: each }));
          }),
        );
    }
    return [this.withSelections(node, place)];
  }

  private withSelections(node: FieldNode, place: Place): FieldNode {
    const inside = node.selectionSet && insideField(place, node);
    return inside ? { ...node, selectionSet: this.set(node.selectionSet, inside) } : node;
  }

  private expand<Written>(write: () => Written): Written {
    this.expanded += 1;
    const written = write();
    this.expanded -= 1;
    return written;
  }

  private computed(type: string, name: string): ComputedField | undefined {
    const field = this.supergraph.computed.of(type, name);
    return field && (field.isChained || this.which === 'all computed fields') ? field : undefined;
  }

  /** @returns what the field requires, in its place. If it cannot be a stage, the field stays beside it. */
  private stage(
    node: FieldNode,
    { subgraph, key, requires }: ComputedField,
    type: GraphQLObjectType,
    place: Place,
  ): readonly SelectionNode[] {
    const conditions = conditionsAmong(node.directives);
    const selections = [TYPENAME, ...withTypenames(key), ...withTypenames(requires)];
    const { depth, fragment } = this.requirement(selections, type, conditions, place);
    if (!this.canStage(node, subgraph, type)) return [this.withSelections(node, place), ...fragment];
    const selectionSet = node.selectionSet && {
      ...node.selectionSet,
      selections: [TYPENAME, ...withTypenames(node.selectionSet)],
    };
    const field = under([...place.outer, ...place.directives], {
      ...node,
      ...(selectionSet && { selectionSet }),
    });
    this.stages.add(depth, { path: place.path, type: type.name, subgraph, selections, field });
    this.depth = Math.max(this.depth, depth + 1);
    return fragment;
  }

  /** The requirements of a field, unless they are written already, and the number of stages that they need. */
  private requirement(
    selections: readonly SelectionNode[],
    type: GraphQLObjectType,
    conditions: readonly DirectiveNode[],
    place: Place,
  ): { readonly depth: number; readonly fragment: readonly InlineFragmentNode[] } {
    const directives = [...place.directives, ...conditions];
    const nodes = [...selections, ...place.outer, ...directives];
    const id = [...place.path, type.name, ...nodes.map(print)].join(' ');
    const known = this.written.get(id);
    if (known !== undefined) return { depth: known, fragment: [] };
    const outer = this.depth;
    this.depth = 0;
    const inside = { ...place, type, directives };
    const set = this.expand(() => this.set({ kind: Kind.SELECTION_SET, selections }, inside));
    const { depth } = this;
    this.depth = outer;
    this.written.set(id, depth);
    return { depth, fragment: [{ ...fragmentOn(type.name, set.selections), directives: conditions }] };
  }

  /** A stage is one fetch, without others for subfields. */
  private canStage({ name, selectionSet }: FieldNode, subgraph: string, type: GraphQLObjectType): boolean {
    const returned = getNamedType(type.getFields()[name.value]!.type);
    return !selectionSet || this.supergraph.types.resolves(subgraph, returned.name, selectionSet);
  }
}
