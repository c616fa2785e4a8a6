import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutFragments } from '../../document/fragments.js';
import { responseKey } from '../../response-keys.js';
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
import { Stages } from './stages.js';

/** What a staged operation needs to know of a supergraph. */
export interface StagedSchema {
  /** The supergraph to plan with. */
  readonly schema: GraphQLSchema;
  readonly computed: ComputedFields;
  readonly types: SubgraphTypes;
}

/** Which fields are fetched in stages. Chained fields require computed ones. */
export type StagedFields = 'chained fields' | 'all computed fields';

/** A place of an operation. */
interface Place {
  readonly type: GraphQLCompositeType;
  /** The path of a plan: response keys, and `@` for each list. */
  readonly path: readonly string[];
  /** The conditions of the fragments around, inside the object. */
  readonly directives: readonly DirectiveNode[];
}

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

  private constructor(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    private readonly supergraph: StagedSchema,
    private readonly which: StagedFields,
  ) {
    this.stages = new Stages(operation);
    const root = supergraph.schema.getRootType(operation.operation)!;
    const selectionSet = this.set(operation.selectionSet, { type: root, path: [], directives: [] });
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
    return staged.stages.isEmpty ? null : staged;
  }

  /** @param plan of the staged document */
  complete(plan: QueryPlan): QueryPlan {
    const { node } = plan;
    const after = (first: PlanNode | undefined): PlanNode => ({
      kind: 'Sequence',
      nodes: [...(first ? [first] : []), ...this.stages.nodes()],
    });
    if (node?.kind === 'Subscription') return { ...plan, node: { ...node, rest: after(node.rest) } };
    return { ...plan, node: after(node) };
  }

  private set(set: SelectionSetNode, place: Place): SelectionSetNode {
    return { ...set, selections: set.selections.flatMap((each) => this.selection(each, place)) };
  }

  private selection(selection: SelectionNode, place: Place): readonly SelectionNode[] {
    if (this.expanded > 0) this.budget.spend();
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    if (selection.kind === Kind.FIELD) return this.field(selection, place);
    const condition = selection.typeCondition?.name.value;
    const type = (condition && this.supergraph.schema.getType(condition)) || place.type;
    if (!isCompositeType(type)) return [selection];
    const directives = [...place.directives, ...conditionsAmong(selection.directives)];
    return [{ ...selection, selectionSet: this.set(selection.selectionSet, { ...place, type, directives }) }];
  }

  private field(node: FieldNode, place: Place): readonly SelectionNode[] {
    const { schema } = this.supergraph;
    const { type } = place;
    const name = node.name.value;
    if (isObjectType(type)) {
      const field = this.computed(type.name, name);
      if (field && this.canStage(node, field, type)) return [this.stage(node, field, place)];
    } else if (isAbstractType(type)) {
      const members = schema.getPossibleTypes(type);
      if (members.some((each) => this.computed(each.name, name)))
        return this.expand(() =>
          members.map((each) => fragmentOn(each.name, this.field(node, { ...place, type: each }))),
        );
    }
    if (!node.selectionSet || isUnionType(type)) return [node];
    const field = type.getFields()[name];
    const returned = field && getNamedType(field.type);
    if (!isCompositeType(returned)) return [node];
    const path = [...place.path, responseKey(node), ...listsOf(field!.type)];
    return [{ ...node, selectionSet: this.set(node.selectionSet, { type: returned, path, directives: [] }) }];
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

  /** A stage is one fetch, without others for subfields. */
  private canStage(
    { name, selectionSet }: FieldNode,
    { subgraph }: ComputedField,
    type: GraphQLObjectType,
  ): boolean {
    const returned = getNamedType(type.getFields()[name.value]!.type);
    return !selectionSet || this.supergraph.types.resolves(subgraph, returned.name, selectionSet);
  }

  /** @returns what the field requires, in its place */
  private stage(node: FieldNode, field: ComputedField, place: Place): InlineFragmentNode {
    const { key, requires } = field;
    const conditions = conditionsAmong(node.directives);
    const directives = [...place.directives, ...conditions];
    const selections = [TYPENAME, ...withTypenames(key), ...withTypenames(requires)];
    const outer = this.depth;
    this.depth = 0;
    const selectionSet = this.expand(() =>
      this.set({ kind: Kind.SELECTION_SET, selections }, { ...place, directives }),
    );
    this.stages.add(this.depth, {
      path: place.path,
      type: place.type.name,
      subgraph: field.subgraph,
      selections,
      field: under(place.directives, node),
      conditions: directives,
    });
    this.depth = Math.max(outer, this.depth + 1);
    return { ...fragmentOn(place.type.name, selectionSet.selections), directives: conditions };
  }
}

function listsOf(type: GraphQLOutputType): readonly string[] {
  if (isNonNullType(type)) return listsOf(type.ofType);
  return isListType(type) ? ['@', ...listsOf(type.ofType)] : [];
}
