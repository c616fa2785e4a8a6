import {
  baseType,
  isInterfaceType,
  isObjectType,
  type FieldDefinition,
  type NamedType,
  type ObjectType,
  type InterfaceType,
  type Schema,
} from '@apollo/federation-internals';
import { AUTHENTICATED_SPEC, REQUIRES_SCOPES_SPEC } from './authorization-specs.js';
import { AUTHENTICATED, type Alternatives, type Requirement } from './requirement.js';

const NOTHING: Requirement = [];

type Composite = ObjectType | InterfaceType;
type Element = NamedType | FieldDefinition<Composite>;

/**
 * The requirements that a supergraph declares with `@authenticated` and `@requiresScopes`, for types and field
 * selections.
 *
 * A selection requires everything that its parent type, its field and the field's type require. An interface also
 * requires everything that its implementations require, and so do its fields, since any implementation may be
 * returned. Composition adds these to the supergraph as well, but not in all versions.
 */
export class SchemaRequirements {
  private readonly types = new Map<string, Requirement>();
  private readonly selections = new Map<string, Requirement>();
  private readonly known = new Map<string, Requirement>();
  private readonly directives: { authenticated: string | undefined; requiresScopes: string | undefined };

  constructor(supergraph: Schema) {
    const features = supergraph.coreFeatures;
    this.directives = {
      authenticated: features?.getByIdentity(AUTHENTICATED_SPEC)?.directiveNameInSchema('authenticated'),
      requiresScopes: features?.getByIdentity(REQUIRES_SCOPES_SPEC)?.directiveNameInSchema('requiresScopes'),
    };
    for (const type of supergraph.types()) {
      const implementing = isInterfaceType(type) ? type.possibleRuntimeTypes() : [];
      this.types.set(type.name, this.all([type, ...implementing]));
    }
    for (const type of supergraph.types()) {
      if (isObjectType(type) || isInterfaceType(type)) this.readFields(type);
    }
  }

  /** The requirement of a type. For an interface, it includes those of all implementations. */
  ofType(name: string): Requirement {
    return this.types.get(name) ?? NOTHING;
  }

  /** The requirement to select a field on a type. Equal requirements are the same object. */
  ofSelection(type: string, field: string): Requirement {
    return this.selections.get(`${type}.${field}`) ?? NOTHING;
  }

  private readFields(type: Composite): void {
    const implementing = isInterfaceType(type) ? type.possibleRuntimeTypes() : [];
    for (const field of type.fields()) {
      const same = implementing.flatMap((implementation) => implementation.field(field.name) ?? []);
      const requirement = this.same([
        ...this.ofType(type.name),
        ...this.all([field, ...same]),
        ...this.ofType(baseType(field.type!).name),
      ]);
      if (requirement.length > 0) this.selections.set(`${type.name}.${field.name}`, requirement);
    }
  }

  private all(elements: readonly Element[]): Requirement {
    return this.same(elements.flatMap((element) => this.declaredBy(element)));
  }

  private declaredBy(element: Element): Alternatives[] {
    const { authenticated, requiresScopes } = this.directives;
    const declared: Alternatives[] = [];
    if (authenticated && element.hasAppliedDirective(authenticated)) declared.push(AUTHENTICATED);
    for (const directive of requiresScopes ? element.appliedDirectivesOf(requiresScopes) : []) {
      declared.push((directive.arguments() as { scopes: Alternatives }).scopes);
    }
    return declared;
  }

  /** Returns the same object for equal requirements, so that each is checked once per request. */
  private same(requirement: Requirement): Requirement {
    const distinct = new Map(requirement.map((alternatives) => [JSON.stringify(alternatives), alternatives]));
    const key = [...distinct.keys()].sort().join(' ');
    const known = this.known.get(key) ?? [...distinct.values()];
    this.known.set(key, known);
    return known;
  }
}
