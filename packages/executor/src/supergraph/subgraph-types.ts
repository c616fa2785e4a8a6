import {
  Kind,
  print,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { argumentOf, graphNames } from './join-arguments.js';

type Directed = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** The fields and types of a supergraph that each subgraph has. */
export class SubgraphTypes {
  private readonly fields = new Map<string, FieldDefinitionNode>();
  /** By subgraph and abstract type. */
  private readonly members = new Map<string, Set<string>>();
  /** The object types of each subgraph. */
  private readonly types = new Set<string>();
  private readonly graphs: ReadonlyMap<string, string>;

  /** The abstract types for which subgraphs have different object types. */
  readonly inconsistent: ReadonlySet<string>;

  constructor(supergraph: DocumentNode) {
    this.graphs = graphNames(supergraph);
    for (const type of supergraph.definitions) {
      if (type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        for (const field of type.fields ?? [])
          this.fields.set(`${type.name.value}.${field.name.value}`, field);
      }
      if (type.kind === Kind.OBJECT_TYPE_DEFINITION) {
        for (const join of joinsOf(type, 'join__type'))
          this.types.add(`${this.graphOf(join)} ${type.name.value}`);
        for (const join of joinsOf(type, 'join__implements'))
          this.addMember(this.graphOf(join), argumentOf(join, 'interface')!, type.name.value);
      } else if (type.kind === Kind.UNION_TYPE_DEFINITION) {
        for (const join of joinsOf(type, 'join__unionMember'))
          this.addMember(this.graphOf(join), type.name.value, argumentOf(join, 'member')!);
      }
    }
    this.inconsistent = this.findInconsistent();
  }

  /** The object types of an abstract type in a subgraph. */
  membersOf(subgraph: string, type: string): readonly string[] {
    return [...(this.members.get(`${subgraph} ${type}`) ?? [])];
  }

  /** The type of a field of an object as a subgraph has it, if the subgraph can resolve the field by itself. */
  typeOf(subgraph: string, type: string, name: string): string | undefined {
    const field = this.fields.get(`${type}.${name}`);
    if (!field || !this.types.has(`${subgraph} ${type}`)) return undefined;
    const joins = joinsOf(field, 'join__field');
    const own = joins.find((join) => this.graphOf(join) === subgraph);
    if (joins.length > 0 && !own) return undefined;
    const isOwn = !own?.arguments?.some((argument) => NOT_RESOLVED.has(argument.name.value));
    return isOwn ? ((own && argumentOf(own, 'type')) ?? print(field.type)) : undefined;
  }

  /** Whether a subgraph resolves by itself all that is selected of objects of a type. */
  resolves(subgraph: string, type: string, { selections }: SelectionSetNode): boolean {
    const members = this.membersOf(subgraph, type);
    const types = members.length > 0 ? members : [type];
    return selections.every((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return this.resolves(subgraph, selection.typeCondition?.name.value ?? type, selection.selectionSet);
      const { name, selectionSet } = selection;
      if (name.value.startsWith('__')) return true;
      return types.every((each) => {
        const returned = /\w+/.exec(this.typeOf(subgraph, each, name.value) ?? '')?.[0];
        return returned !== undefined && (!selectionSet || this.resolves(subgraph, returned, selectionSet));
      });
    });
  }

  private findInconsistent(): ReadonlySet<string> {
    const seen = new Map<string, string>();
    const inconsistent = new Set<string>();
    for (const [key, members] of this.members) {
      const type = key.slice(key.lastIndexOf(' ') + 1);
      const sorted = [...members].toSorted().join(' ');
      const before = seen.get(type) ?? sorted;
      seen.set(type, sorted);
      if (before !== sorted) inconsistent.add(type);
    }
    return inconsistent;
  }

  private addMember(subgraph: string, type: string, member: string): void {
    const key = `${subgraph} ${type}`;
    this.members.set(key, (this.members.get(key) ?? new Set()).add(member));
  }

  private graphOf(join: ConstDirectiveNode): string {
    return this.graphs.get(argumentOf(join, 'graph') ?? '') ?? '';
  }
}

/** Arguments of fields that a subgraph does not resolve, or not without others. */
const NOT_RESOLVED: ReadonlySet<string> = new Set([
  'external',
  'requires',
  'usedOverridden',
  'overrideLabel',
  'contextArguments',
]);

function joinsOf({ directives = [] }: Directed, name: string): readonly ConstDirectiveNode[] {
  return directives.filter((directive) => directive.name.value === name);
}
