import {
  Kind,
  OperationTypeNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { multiply, NOTHING, total, type Amounts } from './amounts.js';
import type { CostModel } from './cost-model.js';
import type { Expansion } from './expansion.js';
import { sum, type Formula } from './formula.js';
import { ASSUMED_LIST_SIZE } from './limits.js';
import { defaultsOf, sizeOf, type Defaults } from './list-size.js';

/** The measures of an operation or an unused fragment, with its fragments expanded. */
export interface Measures {
  depth: number;
  rootFields: number;
  aliases: number;
  aliasLength: number;
  repeats: number;
  credentialMutations: number;
  amounts: Amounts;
}

/** A path in the response, and how often it is selected. */
interface Place {
  times: number;
  readonly inside: Map<string, Place>;
}

/** The fields in `@listSize(sizedFields:)` of the parent field, and their length. */
interface Sized {
  readonly fields: ReadonlySet<string>;
  readonly size: Formula;
}

const ROOT_TYPES = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;
const NO_DEFAULTS: Defaults = new Map();

/** Measures an expanded root. It visits every selection, so the caller must limit their number first. */
export function measure(
  root: OperationDefinitionNode | FragmentDefinitionNode,
  expansion: Expansion,
  model: CostModel,
): Measures {
  return new Measurement(root, expansion, model).measures;
}

class Measurement {
  readonly measures: Measures = {
    depth: 0,
    rootFields: 0,
    aliases: 0,
    aliasLength: 0,
    repeats: 0,
    credentialMutations: 0,
    amounts: NOTHING,
  };
  private readonly defaults: Defaults;
  private readonly countsCredentials: boolean;

  constructor(
    root: OperationDefinitionNode | FragmentDefinitionNode,
    private readonly expansion: Expansion,
    private readonly model: CostModel,
  ) {
    const isOperation = root.kind === Kind.OPERATION_DEFINITION;
    this.defaults = isOperation ? defaultsOf(root) : NO_DEFAULTS;
    this.countsCredentials = isOperation && root.operation === OperationTypeNode.MUTATION;
    const type = isOperation ? ROOT_TYPES[root.operation] : root.typeCondition.name.value;
    this.measures.amounts = this.selections(root.selectionSet, type, newPlace(), 1, null);
  }

  private selections(
    set: SelectionSetNode,
    type: string | undefined,
    place: Place,
    depth: number,
    sized: Sized | null,
  ): Amounts {
    return total(
      set.selections.map((node) => {
        if (node.kind === Kind.FIELD) return this.field(node, type, place, depth, sized);
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.expansion.fragment(node.name.value);
        if (!fragment) return NOTHING;
        const typeInside = fragment.typeCondition?.name.value ?? type;
        return this.selections(fragment.selectionSet, typeInside, place, depth, sized);
      }),
    );
  }

  private field(
    node: FieldNode,
    type: string | undefined,
    parent: Place,
    depth: number,
    sized: Sized | null,
  ): Amounts {
    const name = node.name.value;
    const place = placeIn(parent, node.alias?.value ?? name);
    const { measures } = this;
    measures.depth = Math.max(measures.depth, depth);
    measures.repeats = Math.max(measures.repeats, place.times);
    if (node.alias) {
      measures.aliases += 1;
      measures.aliasLength = Math.max(measures.aliasLength, node.alias.value.length);
    }
    if (depth === 1) measures.rootFields += 1;
    if (depth === 1 && this.countsCredentials && this.model.isCredential(name))
      measures.credentialMutations += 1;

    const cost = this.model.field(type, name);
    const listSize = cost?.listSize ?? null;
    const size = listSize && sizeOf(node, listSize, this.defaults);
    const sizedInside =
      listSize && size !== null && listSize.sizedFields.size > 0
        ? { fields: listSize.sizedFields, size }
        : null;
    const inside = node.selectionSet
      ? this.selections(node.selectionSet, cost?.type, place, depth + 1, sizedInside)
      : NOTHING;
    const values = sum([1, inside.values]);
    if (!cost) return { cost: 0, values };
    const one = { cost: sum([cost.weight, inside.cost]), values };
    if (sized?.fields.has(name)) return multiply(sized.size, one);
    if (!cost.isList) return one;
    return multiply(size !== null && sizedInside === null ? size : ASSUMED_LIST_SIZE, one);
  }
}

function newPlace(): Place {
  return { times: 0, inside: new Map() };
}

function placeIn(parent: Place, key: string): Place {
  let place = parent.inside.get(key);
  if (!place) parent.inside.set(key, (place = newPlace()));
  place.times += 1;
  return place;
}
