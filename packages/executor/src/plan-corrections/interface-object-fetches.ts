import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { FieldNode } from 'graphql';
import type { EntityKeys } from '../supergraph/entity-keys.js';
import { FetchParts } from './fetch-parts.js';
import { choiceOf } from './field-choice.js';
import type { Requirements } from '../supergraph/requirements.js';

interface Part {
  /** The response keys that its fields require, by the path in the representation. */
  readonly required: ReadonlySet<string>;
  readonly fields: Set<FieldNode>;
}

/**
 * Splits a fetch of interface objects in which fields require different values. The planner fetches each field for the
 * objects of all types, also a field that is selected for one type. Objects of other types do not have what that field
 * requires, so it must not be requested together with fields that are selected for them.
 * @param fetch the fetch; its requirements read the response key `alias` and write the field `name`
 * @param originalName the name of the field of the supergraph that a required field stands for
 */
export function splitInterfaceObjects(
  fetch: FetchNode,
  requirements: Requirements,
  keys: EntityKeys,
  originalName: (name: string) => string,
): FetchNode[] {
  const { requires, serviceName } = fetch;
  if (!requires || !isForSeveralTypes(requires, serviceName, keys)) return [fetch];
  const whole = new FetchParts(fetch);
  const types = whole.fields
    .map(({ type }) => type)
    .filter((each) => keys.isInterfaceObject(serviceName, each));
  if (types.length === 0) return [fetch];
  const parts = new Map<string, Part>();
  for (const { type, field } of whole.fields) {
    const required = new Set(
      requirements
        .of(serviceName, type, field.name.value)
        .flatMap((set) => [...choiceOf(set, originalName)].map(([path, key]) => `${path} ${key}`)),
    );
    const id = [...required].toSorted().join();
    const part = parts.get(id) ?? { required, fields: new Set() };
    parts.set(id, part);
    part.fields.add(field);
  }
  if (parts.size === 1) return [fetch];
  const all = new Set([...parts.values()].flatMap(({ required }) => [...required]));
  return [...parts.values()].map(({ required, fields }) => {
    const isNeeded = (path: string) => required.has(path) || !all.has(path);
    const hasKey = (fragment: QueryPlanSelectionNode) =>
      types.some((each) => keys.areIn(serviceName, each, fieldNames(fragment)));
    return whole.part(
      fields,
      requires.map((fragment) => {
        const [needed] = onlyNeeded([fragment], isNeeded);
        return needed && hasKey(needed) === hasKey(fragment) ? needed : fragment;
      }),
    );
  });
}

/** Whether objects are selected by the keys of several types. */
function isForSeveralTypes(
  requires: readonly QueryPlanSelectionNode[],
  subgraph: string,
  keys: EntityKeys,
): boolean {
  const withKey = requires.filter((each) => {
    if (each.kind !== 'InlineFragment') return false;
    return keys.areIn(subgraph, each.typeCondition ?? '', fieldNames(each));
  });
  return withKey.length > 1;
}

function fieldNames({ selections = [] }: QueryPlanSelectionNode): string[] {
  return selections.flatMap((each) => (each.kind === 'Field' ? [each.name] : []));
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
