import { hash, type Random } from '../random.js';
import type { SubgraphDraft, TypeDraft } from './draft.js';
import { definitionsFor, namedType, type FieldShape } from './field-shape.js';

export type Fields = ReadonlyMap<string, FieldShape>;

/** A key as `@key` names it, with the top fields that it needs. */
export interface Key {
  readonly selection: string;
  readonly fields: Fields;
}

export interface Entity {
  readonly keys: readonly Key[];
  /** The subgraph that has all keys, so that every other subgraph can be reached through it. */
  readonly hub: SubgraphDraft;
  /** The subgraphs that may define it. */
  readonly allowed: readonly SubgraphDraft[];
}

/** An interface with a key, which another subgraph extends as an interface object. */
interface EntityInterface {
  readonly home: SubgraphDraft;
  readonly extension: SubgraphDraft;
  readonly key: Key;
  readonly fields: Fields;
  readonly implementations: readonly string[];
}

interface Interface {
  readonly fields: Fields;
  readonly implementations: readonly string[];
}

/** The types of a supergraph, and the rules by which a subgraph defines them. */
export class Blueprint {
  readonly entities = new Map<string, Entity>();
  /** Objects without a key. Each subgraph that has one defines all of its fields. */
  readonly values = new Map<string, Fields>();
  readonly interfaces = new Map<string, Interface>();
  readonly unions = new Map<string, readonly string[]>();
  readonly entityInterfaces = new Map<string, EntityInterface>();

  constructor(
    readonly random: Random,
    readonly drafts: readonly SubgraphDraft[],
  ) {}

  /** The composite types that all of these subgraphs can define. */
  composites(homes: readonly SubgraphDraft[]): string[] {
    const entities = [...this.entities].filter(([, { allowed }]) =>
      homes.every((each) => allowed.includes(each)),
    );
    const abstract = [...this.interfaces, ...this.unions].filter(([, plan]) =>
      ('implementations' in plan ? plan.implementations : plan).some(
        (name) => this.values.has(name) || entities.some(([entity]) => entity === name),
      ),
    );
    const extended = [...this.entityInterfaces].filter(([, { home, extension }]) =>
      homes.every((each) => each === home || each === extension),
    );
    return [...entities, ...this.values, ...abstract, ...extended].map(([name]) => name);
  }

  /** Adds a field, and the types that it needs. */
  addField(
    draft: SubgraphDraft,
    type: TypeDraft,
    name: string,
    shape: FieldShape,
    ...directives: string[]
  ): void {
    type.add(name, shape, ...directives);
    for (const [definition, text] of definitionsFor(shape, this.random))
      if (!draft.definitions.has(definition)) draft.definitions.set(definition, text);
    this.define(draft, namedType(shape.type));
  }

  /** Defines a type in a subgraph, if it is not there. Scalars are skipped. */
  define(draft: SubgraphDraft, name: string): void {
    if (draft.types.has(name) || draft.unions.has(name)) return;
    const entity = this.entities.get(name);
    if (entity) this.defineEntity(draft, name, entity);
    const value = this.values.get(name);
    if (value) this.defineFields(draft, draft.type(name), value, '@shareable');
    const plan = this.interfaces.get(name);
    if (plan) this.defineInterface(draft, name, plan);
    const members = this.unions.get(name);
    if (members) draft.unions.set(name, new Set(this.some(draft, members)));
    const extended = this.entityInterfaces.get(name);
    if (extended) this.defineEntityInterface(draft, name, extended);
  }

  private defineEntity(draft: SubgraphDraft, name: string, { keys, hub }: Entity): void {
    const type = draft.type(name);
    for (const { selection, fields } of draft === hub ? keys : this.random.some(keys, 1, 2)) {
      type.directives.add(`@key(fields: "${selection}")`);
      this.defineFields(draft, type, fields);
      for (const { type: nested } of fields.values())
        if (selection.includes('{')) this.addIdKey(draft, nested);
    }
  }

  /** A key that goes through another entity needs that entity's id. */
  private addIdKey(draft: SubgraphDraft, type: string): void {
    const id = this.entities.get(namedType(type))?.keys[0];
    if (!id) return;
    draft.type(namedType(type)).directives.add('@key(fields: "id")');
    this.defineFields(draft, draft.type(namedType(type)), id.fields);
  }

  private defineFields(draft: SubgraphDraft, type: TypeDraft, fields: Fields, ...directives: string[]): void {
    for (const [name, shape] of fields) this.addField(draft, type, name, shape, ...directives);
  }

  private defineInterface(draft: SubgraphDraft, name: string, plan: Interface): void {
    const type = draft.type(name, 'interface');
    const fields = new Map(this.random.some([...plan.fields], 1, 3));
    this.defineFields(draft, type, fields);
    for (const implementation of this.some(draft, plan.implementations)) {
      const object = draft.type(implementation);
      object.interfaces.add(name);
      for (const [field, shape] of fields)
        this.addField(draft, object, field, implemented(implementation, field, shape), '@shareable');
    }
  }

  private defineEntityInterface(draft: SubgraphDraft, name: string, plan: EntityInterface): void {
    const key = `@key(fields: "${plan.key.selection}")`;
    const isHome = draft === plan.home;
    const type = draft.type(name, isHome ? 'interface' : 'type');
    type.directives.add(key);
    this.defineFields(draft, type, plan.key.fields);
    if (!isHome) type.directives.add('@interfaceObject');
    if (!isHome) return;
    this.defineFields(draft, type, plan.fields);
    for (const implementation of plan.implementations) {
      this.define(draft, implementation);
      const object = draft.type(implementation);
      object.interfaces.add(name);
      this.defineFields(draft, object, plan.fields, '@shareable');
    }
  }

  /** Defines one or more of the types that this subgraph may define. */
  private some(draft: SubgraphDraft, names: readonly string[]): string[] {
    const possible = names.filter((name) => this.entities.get(name)?.allowed.includes(draft) ?? true);
    const chosen = this.random.some(possible, 1, possible.length);
    for (const name of chosen) this.define(draft, name);
    return chosen;
  }
}

/** Some implementations have a non-null field where the interface has a nullable one: the same in every subgraph. */
export function implemented(implementation: string, field: string, shape: FieldShape): FieldShape {
  const isStricter = !shape.type.endsWith('!') && hash(implementation, field) % 3 === 0;
  return isStricter ? { ...shape, type: `${shape.type}!` } : shape;
}
