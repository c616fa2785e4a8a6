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
import { AUTHENTICATED_SPEC, REQUIRES_SCOPES_SPEC } from './enforced-specs.js';
import { AUTHENTICATED, type Alternatives, type Requirement } from './requirement.js';

const NOTHING: Requirement = [];

type Composite = ObjectType | InterfaceType;
type Element = NamedType | FieldDefinition<Composite>;

/**
 * What a supergraph says with `@authenticated` and `@requiresScopes`, for types and for selections of fields.
 *
 * A selection needs what the type that it is made on needs, what the field needs, and what the field's type needs. An
 * interface needs what each of its types needs besides, and its fields what these fields need in each of them: who
 * selects through an interface cannot know which one answers. Composition writes the same into the supergraph; it is
 * added up here all the same, as not every version of it did.
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

  /** What it takes to see anything of this type; for an interface, whichever of its types it is. */
  ofType(name: string): Requirement {
    return this.types.get(name) ?? NOTHING;
  }

  /** What it takes to select this field on this type. The same requirement is the same object. */
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
    return this.same(elements.flatMap((element) => this.saidBy(element)));
  }

  private saidBy(element: Element): Alternatives[] {
    const { authenticated, requiresScopes } = this.directives;
    const said: Alternatives[] = [];
    if (authenticated && element.hasAppliedDirective(authenticated)) said.push(AUTHENTICATED);
    for (const directive of requiresScopes ? element.appliedDirectivesOf(requiresScopes) : []) {
      said.push((directive.arguments() as { scopes: Alternatives }).scopes);
    }
    return said;
  }

  /** One object for what is required by many elements alike, so that it is checked once. */
  private same(requirement: Requirement): Requirement {
    const distinct = new Map(requirement.map((alternatives) => [JSON.stringify(alternatives), alternatives]));
    const key = [...distinct.keys()].sort().join(' ');
    const known = this.known.get(key) ?? [...distinct.values()];
    this.known.set(key, known);
    return known;
  }
}
