import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import { getOperationAST, Kind, parse, type SelectionSetNode } from 'graphql';
import { responseKey } from '../document-keys.js';
import { forEachFetch } from './plan-fetches.js';
import { fragmentsOf } from '../document/fragments.js';

/** The type conditions around a field. */
type Conditions = readonly string[];

/** The fields that the fetches of a plan return, by paths of response keys. */
export class FetchedFields {
  private readonly fields = new Map<string, Conditions[]>();

  constructor(plan: QueryPlan) {
    forEachFetch(plan, (fetch, path) => this.add(fetch, path));
  }

  has(path: string): boolean {
    return this.fields.has(path);
  }

  /** Whether a field is fetched for objects that meet some conditions. */
  isFetched(path: string, areMet: (conditions: Conditions) => boolean): boolean {
    return this.fields.get(path)?.some(areMet) ?? false;
  }

  add({ operation, requires, outputRewrites = [] }: FetchNode, path: string): void {
    const document = parse(operation, { noLocation: true });
    const fragments = fragmentsOf(document);
    const renamed = new Map(
      outputRewrites.flatMap((each) =>
        each.kind === 'KeyRenamer' ? [[each.path.at(-1)!, each.renameKeyTo]] : [],
      ),
    );
    const add = (
      set: SelectionSetNode | undefined,
      parent: string,
      around: Conditions,
      isEntities: boolean,
    ) => {
      for (const selection of set?.selections ?? []) {
        if (selection.kind === Kind.FIELD) {
          const key = responseKey(selection);
          const at = isEntities ? parent : `${parent}.${renamed.get(key) ?? key}`;
          if (!isEntities) this.fields.set(at, [...(this.fields.get(at) ?? []), around]);
          add(selection.selectionSet, at, [], false);
        } else {
          const fragment =
            selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
          const condition = fragment.typeCondition?.name.value;
          add(fragment.selectionSet, parent, condition ? [...around, condition] : around, isEntities);
        }
      }
    };
    add(getOperationAST(document)?.selectionSet, path, [], requires !== undefined);
  }
}
