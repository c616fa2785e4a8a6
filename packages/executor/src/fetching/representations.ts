import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { own, put, type Data } from '../own.js';
import { meets, rewrite } from './rewrites.js';

type Selections = readonly QueryPlanSelectionNode[];

/** The required values of a field; selections are merged by key. */
interface Required {
  /** The key of the value in the data. */
  readonly key: string;
  /** The name of the field, which is its key in the representation. */
  readonly name: string;
  /** Null for a value without subfields. */
  readonly selections: Selections | null;
}

/** Writes the representations of entities of one type. */
export interface RepresentationWriter {
  /** The type under which the subgraph knows the entities. */
  readonly type: string;
  /** A string that differs for different entities of this type; null when a required value is missing. */
  identityOf(entity: Data): string | null;
  /** The representation of an entity with this identity as JSON. */
  write(identity: string): string;
}

/** The representations of a fetch: what a subgraph needs to know of entities in order to resolve them. */
export class Representations {
  private readonly writers = new Map<string, RepresentationWriter | null>();

  /**
   * @param schema the supergraph, with the types that clients do not see
   * @param optional the paths of values that may be missing because `@skip` or `@include` leaves out a part of the fetch;
   * null when nothing is left out. The planner may also write what each part requires as a fragment.
   * @param hasKey whether the subgraph finds entities of a type by fields with these names
   */
  constructor(
    private readonly selections: Selections,
    private readonly rewrites: readonly FetchDataRewrite[],
    private readonly schema: GraphQLSchema,
    private readonly optional: ReadonlySet<string> | null,
    private readonly hasKey: (type: string, names: readonly string[]) => boolean,
  ) {}

  /** @returns null when the fetch is not for entities of this type */
  writerOf(typename: string): RepresentationWriter | null {
    let writer = this.writers.get(typename);
    if (writer === undefined) this.writers.set(typename, (writer = this.newWriter(typename)));
    return writer;
  }

  private newWriter(typename: string): RepresentationWriter | null {
    const fields = this.requiredOf(this.selections, typename);
    if (!fields.some(({ key }) => key === '__typename')) return null;
    const type = { __typename: typename };
    rewrite(this.rewrites, type, this.schema);
    // For some interface objects, the planner requires only what the fields of another type require.
    const names = fields.map(({ name }) => name);
    if (!this.hasKey(type.__typename, names)) return null;
    const key = fields.find(({ key: each }) => each !== '__typename');
    const isSimple =
      this.optional === null && this.rewrites.length === 0 && fields.length === 2 && key?.selections === null;
    if (isSimple) return new SimpleWriter(typename, key);
    return {
      type: type.__typename,
      identityOf: (entity) =>
        this.write(
          entity,
          this.optional ? this.requiredOf(this.complete(entity, typename), typename) : fields,
        ),
      write: (representation) => representation,
    };
  }

  /** The fragments whose values are all there. */
  private complete(entity: Data, typename: string): Selections {
    return this.selections.filter((each) => this.object(entity, this.requiredOf([each], typename)) !== null);
  }

  private write(entity: Data, fields: readonly Required[]): string | null {
    const representation = this.object(entity, fields);
    if (!representation?.['__typename']) return null;
    rewrite(this.rewrites, representation, this.schema);
    return JSON.stringify(representation);
  }

  /** @param typename null when it is not known; then all type conditions are met */
  private requiredOf(selections: Selections, typename: string | null): readonly Required[] {
    const byKey = new Map<string, { name: string; nested: QueryPlanSelectionNode[] | null }>();
    const collect = (among: Selections): void => {
      for (const selection of among) {
        if (selection.kind === 'Field') {
          const { name, alias: key = name, selections: nested } = selection;
          const before = byKey.get(key)?.nested ?? [];
          byKey.set(key, { name, nested: nested ? [...before, ...nested] : null });
        } else if (this.isMet(selection.typeCondition, typename)) {
          collect(selection.selections);
        }
      }
    };
    collect(selections);
    return [...byKey].map(([key, { name, nested }]) => ({ key, name, selections: nested }));
  }

  private isMet(condition: string | undefined, typename: string | null): boolean {
    return condition === undefined || typename === null || meets(this.schema, typename, condition);
  }

  private object(object: Data, fields: readonly Required[], parent = ''): Data | null {
    const representation: Data = {};
    for (const { key, name, selections } of fields) {
      const value = own(object, key);
      const path = `${parent}.${key}`;
      const written = selections ? this.nested(value, selections, path) : value;
      if (written === undefined) {
        if (this.optional?.has(path)) continue;
        return null;
      }
      put(representation, name, written);
    }
    return representation;
  }

  /** @returns undefined when a required value is missing */
  private nested(value: unknown, selections: Selections, path: string): unknown {
    if (value === undefined || value === null) return value;
    if (Array.isArray(value)) {
      const items = value.map((item: unknown) => this.nested(item, selections, path));
      return items.includes(undefined) ? undefined : items;
    }
    const typename = own(value as Data, '__typename');
    const fields = this.requiredOf(selections, typeof typename === 'string' ? typename : null);
    return this.object(value as Data, fields, path) ?? undefined;
  }
}

/** Begins the identity of an entity whose key is not a string. */
const NO_STRING = '\u0000';

/** Writes representations with one key, as most are, without the JSON of equal ones. */
class SimpleWriter implements RepresentationWriter {
  private readonly key: string;
  private readonly before: string;

  constructor(
    readonly type: string,
    { key, name }: Required,
  ) {
    this.key = key;
    this.before = `{"__typename":${JSON.stringify(type)},${JSON.stringify(name)}:`;
  }

  identityOf(entity: Data): string | null {
    const value = own(entity, this.key);
    if (typeof value === 'string' && !value.startsWith(NO_STRING)) return value;
    return value === undefined ? null : NO_STRING + JSON.stringify(value);
  }

  write(identity: string): string {
    const value = identity.startsWith(NO_STRING) ? identity.slice(1) : JSON.stringify(identity);
    return `${this.before}${value}}`;
  }
}
