import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isInterfaceType, type FieldNode, type GraphQLSchema } from 'graphql';
import { meets } from '../fetching/rewrites.js';
import { responseKey } from '../document-keys.js';
import type { EntityKeys } from '../supergraph/entity-keys.js';
import type { Requirements } from '../supergraph/requirements.js';
import { FetchParts, type EntityField } from './fetch-parts.js';
import { choiceOf } from './field-choice.js';
import type { SelectedFields } from './selected-fields.js';

/** Fields of a fetch that are selected for the same types. */
class Part {
  readonly fields = new Set<FieldNode>();
  /** The values that they require: paths in the representation, and response keys. */
  readonly required = new Set<string>();

  /** @param types null for all types */
  constructor(readonly types: Set<string> | null) {}
}

/**
 * Splits fetches of interface objects. The planner fetches each field for the objects of all types, also a field that is
 * selected for one type. Objects of other types do not have what that field requires, and lose the other fields if it
 * fails. So fields that are selected for different types need fetches of their own.
 */
export class InterfaceObjectFetches {
  /**
   * @param selected the selections of the planned document
   * @param originalName the name of the field of the supergraph that a required field stands for
   */
  constructor(
    private readonly selected: SelectedFields,
    private readonly schema: GraphQLSchema,
    private readonly keys: EntityKeys,
    private readonly requirements: Requirements,
    private readonly originalName: (name: string) => string,
  ) {}

  /**
   * @param fetch its requirements read the response key `alias` and write the field `name`
   * @param path of its objects: `.key.key`, without lists
   */
  split(fetch: FetchNode, path: string): FetchNode[] {
    const { requires, serviceName } = fetch;
    if (!requires) return [fetch];
    const whole = new FetchParts(fetch);
    const isOfObject = ({ type }: EntityField) => this.keys.isInterfaceObject(serviceName, type);
    const parts = new Map<string, Part>();
    for (const each of whole.fields.filter(isOfObject)) {
      const types = this.typesOf(each, fetch, path);
      const id = types?.join() ?? '';
      const part = parts.get(id) ?? new Part(types && new Set(types));
      parts.set(id, part);
      this.add(each, part, serviceName);
    }
    const [first, ...others] = parts.values();
    if (!first || others.length === 0) return [fetch];
    for (const each of whole.fields.filter((field) => !isOfObject(field))) {
      first.types?.add(each.type);
      this.add(each, first, serviceName);
    }
    const all = new Set([first, ...others].flatMap(({ required }) => [...required]));
    return [first, ...others].map((part) =>
      whole.part(part.fields, this.requirementsOf(part, requires, all, serviceName)),
    );
  }

  private add({ type, field }: EntityField, { fields, required }: Part, subgraph: string): void {
    fields.add(field);
    for (const set of this.requirements.of(subgraph, type, field.name.value))
      for (const [path, key] of choiceOf(set, this.originalName)) required.add(`${path} ${key}`);
  }

  /** The types for which a field of an interface object is selected; null for all types. */
  private typesOf({ type, field }: EntityField, fetch: FetchNode, path: string): string[] | null {
    const named = this.schema.getType(type);
    if (!isInterfaceType(named)) return null;
    const key = keyInResponse(field, fetch);
    const sets = this.selected.at(path)?.sets ?? [];
    const all = this.schema.getPossibleTypes(named).map(({ name }) => name);
    const found = all.filter((each) =>
      this.selected.of(sets, each).some(({ node }) => responseKey(node) === key),
    );
    // A field that is not selected for any type has been added by the planner.
    return found.length > 0 && found.length < all.length ? found : null;
  }

  /** The requirements without those that only fields of other parts have, unless they are a part of the key. */
  private requirementsOf(
    { types, required }: Part,
    requires: readonly QueryPlanSelectionNode[],
    all: ReadonlySet<string>,
    subgraph: string,
  ): QueryPlanSelectionNode[] {
    const isNeeded = (path: string) => required.has(path) || !all.has(path);
    const fragments = types ? [...types].map((type) => this.fragmentFor(type, requires)) : requires;
    return fragments.map((fragment) => {
      const [needed = fragment] = onlyNeeded([fragment], isNeeded);
      return this.hasKey(needed, subgraph) === this.hasKey(fragment, subgraph) ? needed : fragment;
    });
  }

  private fragmentFor(type: string, requires: readonly QueryPlanSelectionNode[]): QueryPlanSelectionNode {
    const selections = requires.flatMap((each) =>
      each.kind === 'InlineFragment' && meets(this.schema, type, each.typeCondition ?? type)
        ? each.selections
        : [],
    );
    return { kind: 'InlineFragment', typeCondition: type, selections };
  }

  private hasKey({ selections = [] }: QueryPlanSelectionNode, subgraph: string): boolean {
    const names = selections.flatMap((each) => (each.kind === 'Field' ? [each.name] : []));
    return [...this.keys.interfaces].some(
      (type) => this.keys.isInterfaceObject(subgraph, type) && this.keys.areIn(subgraph, type, names),
    );
  }
}

/** The key that a field has in the response. The planner may rename it in an answer. */
function keyInResponse(field: FieldNode, { outputRewrites = [] }: FetchNode): string {
  const key = responseKey(field);
  for (const each of outputRewrites)
    if (each.kind === 'KeyRenamer' && each.path.at(-1) === key) return each.renameKeyTo;
  return key;
}

function onlyNeeded(
  selections: readonly QueryPlanSelectionNode[],
  isNeeded: (path: string) => boolean,
  parent = '',
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'InlineFragment')
      return [{ ...selection, selections: onlyNeeded(selection.selections, isNeeded, parent) }];
    const { name, alias = name, selections: nested } = selection;
    const path = `${parent}.${name}`;
    if (!isNeeded(`${path} ${alias}`)) return [];
    return [nested ? { ...selection, selections: onlyNeeded(nested, isNeeded, path) } : selection];
  });
}
