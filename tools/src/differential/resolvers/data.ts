import {
  buildASTSchema,
  getArgumentValues,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  type GraphQLSchema,
  type TypeNode,
} from 'graphql';
import { hash } from '../random.js';
import type { SubgraphSource } from '../subgraph-source.js';
import { canonical, type Reader } from './canonical.js';
import { FederationFacts, type Definition } from './federation-facts.js';
import { ResolverFailure, wrongLeaf, type FaultRates } from './faults.js';
import { keyOf, leafOf } from './leaf.js';
import { common, sorted } from './normal-form.js';
import { namedTypeOf, plain } from './type-nodes.js';

/** An object: a type and a number. */
export interface Reference {
  readonly __typename: string;
  readonly n: number;
  /** The part of an entity that the gateway sent. */
  readonly representation?: Readonly<Record<string, unknown>>;
}

interface Place {
  readonly hash: number;
  readonly homes: readonly Definition[];
  /** Those of subgraphs that know it as external, too: they may provide it. */
  readonly definitions: readonly Definition[];
  readonly mayFail: boolean;
  readonly mayBeNull: boolean;
}

const ENTITIES_OF_A_TYPE = 3;

/**
 * The values of all fields: pure functions of the type, the object, the field, its arguments and the seed. The subgraphs
 * and the monolith share them. Fields of keys, required fields, and fields that are non-null in some subgraphs only never
 * fail, because a failure there nulls more in a federation than in a monolith.
 */
export class Data {
  readonly facts: FederationFacts;
  private readonly schemas: ReadonlyMap<string, GraphQLSchema>;

  constructor(
    subgraphs: readonly SubgraphSource[],
    private readonly seed: number,
    private readonly rates: FaultRates,
  ) {
    this.facts = new FederationFacts(subgraphs);
    const build = (sdl: string) => buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
    this.schemas = new Map(subgraphs.map(({ name, sdl }) => [name, build(sdl)]));
  }

  /** Reads the values of an object here, without a request. */
  readonly reader: Reader<Reference> = {
    isObject: (value): value is Reference => typeof value === 'object' && value !== null && 'n' in value,
    typename: ({ __typename }) => __typename,
    field: ({ __typename: declaredType, n }, node) => {
      const { __typename } = this.reference(declaredType, n);
      const [home] = this.facts.homes(this.owner(__typename, node.name.value), node.name.value);
      const type = home && this.schemas.get(home.subgraph)?.getType(this.owner(__typename, node.name.value));
      const field =
        isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
      if (!field) throw new Error(`no subgraph resolves ${__typename}.${node.name.value}`);
      return this.value(__typename, n, node.name.value, getArgumentValues(field, node));
    },
  };

  /** The result of a resolver. An `Error` in it is a failure at that place. */
  value(
    declaredType: string,
    n: number,
    field: string,
    args: object,
    required = this.required(declaredType, n, field),
  ): unknown {
    const type = this.reference(declaredType, n).__typename;
    const owner = this.owner(type, field);
    const homes = this.facts.homes(owner, field);
    const [home] = homes;
    if (!home) throw new Error(`no subgraph resolves ${type}.${field}`);
    const named = namedTypeOf(home.node.type);
    if (this.facts.isKeyField(type, field))
      return this.isLeaf(home, named) ? keyOf(named, field, n) : { __typename: named, n };
    if (homes.length === 1 && this.isAbsent(home.subgraph, type, n)) return null;
    const isGuarded = this.facts.isGuarded(type) && home.node.type.kind === Kind.NON_NULL_TYPE;
    const isUneven = new Set(homes.map(({ node }) => JSON.stringify(plain(node.type)))).size > 1;
    return this.at(home.node.type, {
      hash: hash(this.seed, owner, n, field, sorted(args), required ?? null),
      homes,
      definitions: this.facts.definitions(owner, field),
      mayFail: !isUneven && !this.facts.isRequired(type, field) && !isGuarded,
      mayBeNull: !isUneven,
    });
  }

  /** The values from which a field with `@requires` is computed, in a form to compare. */
  required(declaredType: string, n: number, field: string): unknown {
    const type = this.reference(declaredType, n).__typename;
    const selection = this.facts.requires(this.owner(type, field), field);
    return selection && canonical({ __typename: type, n }, selection, this.reader);
  }

  /**
   * Whether a subgraph does not find an entity. Only subgraphs through which no plan needs to go to reach others, and
   * which are the only home of their fields.
   */
  isAbsent(subgraph: string, type: string, n: number): boolean {
    if (hash(this.seed, 'absent', subgraph, type, n) % 1000 >= this.rates.absent) return false;
    const { facts } = this;
    if (facts.keys(subgraph, type).length !== 1 || facts.entityInterface(type)) return false;
    if (facts.isInterfaceObject(type)) return false;
    const object = this.schemas.get(subgraph)?.getType(type);
    if (!isObjectType(object)) return false;
    return Object.keys(object.getFields()).every((field) => {
      const [definition] = facts.definitions(type, field);
      // The objects of a key lead to other fields.
      if (facts.isKeyField(type, field)) return this.isLeaf(definition!, namedTypeOf(definition!.node.type));
      const homes = facts.homes(type, field);
      if (!homes.some((home) => home.subgraph === subgraph)) return true;
      return homes.length === 1 && !facts.isRequired(type, field) && !facts.isGuarded(type);
    });
  }

  /** The object with this number behind an interface with a key, or of this very type. */
  reference(type: string, n: number): Reference {
    const name = this.facts.entityInterface(type);
    if (name !== type) return { __typename: type, n };
    const implementations = this.facts.implementations(name);
    return { __typename: implementations[n % implementations.length]!, n };
  }

  /** The type whose definition resolves the field: an interface object resolves fields of its implementations. */
  private owner(type: string, field: string): string {
    const name = this.facts.entityInterface(type);
    return name && this.facts.homes(type, field).length === 0 ? name : type;
  }

  private at(type: TypeNode, place: Place): unknown {
    const isNonNull = type.kind === Kind.NON_NULL_TYPE;
    const inner = isNonNull ? type.type : type;
    const draw = hash(place.hash, 'fault') % 1000;
    const faults = place.mayFail ? this.rates.faults : 0;
    if (draw < faults) return this.fault(inner, place, draw % 3);
    if (place.mayBeNull && !isNonNull && draw < faults + this.rates.nulls) return null;
    if (inner.kind !== Kind.LIST_TYPE) return this.item(namedTypeOf(inner), place);
    const length = hash(place.hash, 'length') % 5;
    return Array.from({ length }, (_, i) => this.at(inner.type, { ...place, hash: hash(place.hash, i) }));
  }

  private fault(type: TypeNode, { homes, hash: h }: Place, kind: number): unknown {
    const failure = new ResolverFailure(hash(h, 'manner') % 2);
    if (kind === 0) return failure;
    if (kind === 1) return null;
    if (type.kind === Kind.LIST_TYPE) return 7;
    const name = namedTypeOf(type);
    // A subgraph with an interface object does not know the types of its objects.
    if (homes.every(({ subgraph }) => this.isAbstract(subgraph, name)))
      return { __typename: 'NoSuchType', n: 0 };
    return homes.every((home) => this.isLeaf(home, name)) && name !== 'Json' ? wrongLeaf(name) : failure;
  }

  private item(type: string, { hash: h, homes, definitions }: Place): unknown {
    const { facts } = this;
    const [first, ...others] = homes.map(({ subgraph }) => subgraph) as [string, ...string[]];
    const values = common(
      facts.enumValues(first, type),
      definitions.map((each) => facts.enumValues(each.subgraph, type)),
    );
    if (values.length > 0) return values[h % values.length];
    if (this.isLeaf(homes[0]!, type)) return leafOf(type, h);
    const entityInterface = facts.entityInterface(type);
    if (entityInterface) {
      const implementations = facts.implementations(entityInterface);
      if (type === entityInterface) return this.reference(type, h % (3 * implementations.length));
      return { __typename: type, n: (h % 3) * implementations.length + implementations.indexOf(type) };
    }
    if (!this.isAbstract(first, type))
      return { __typename: type, n: h % (this.isEntity(type) ? ENTITIES_OF_A_TYPE : 2 ** 20) };
    const possible = common(
      facts.possibleTypes(first, type),
      others.map((each) => facts.possibleTypes(each, type)),
    );
    return this.item(possible[h % possible.length]!, {
      hash: hash(h, 'object'),
      homes,
      definitions,
      mayFail: false,
      mayBeNull: false,
    });
  }

  private isEntity(type: string): boolean {
    return [...this.schemas.keys()].some((subgraph) => this.facts.keys(subgraph, type).length > 0);
  }

  private isAbstract(subgraph: string, type: string): boolean {
    const found = this.schemas.get(subgraph)?.getType(type);
    return isInterfaceType(found) || isUnionType(found);
  }

  private isLeaf({ subgraph }: Definition, type: string): boolean {
    return !this.isAbstract(subgraph, type) && !isObjectType(this.schemas.get(subgraph)?.getType(type));
  }
}
