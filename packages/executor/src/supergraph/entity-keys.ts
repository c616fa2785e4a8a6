import { Kind, type DocumentNode } from 'graphql';
import { fieldSet } from './field-sets.js';
import { argumentOf, graphNames } from './join-arguments.js';

/** The keys by which subgraphs find entities. */
export class EntityKeys {
  /** The names of the fields of each key, by subgraph and type. */
  private readonly keys = new Map<string, (readonly string[])[]>();
  /** By subgraph and type. */
  private readonly interfaceObjects = new Set<string>();
  /** The interfaces that are interface objects in a subgraph. */
  readonly interfaces: ReadonlySet<string>;

  constructor(supergraph: DocumentNode) {
    const graphs = graphNames(supergraph);
    const interfaces = new Set<string>();
    for (const type of supergraph.definitions) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const directive of type.directives ?? []) {
        const key = directive.name.value === 'join__type' && argumentOf(directive, 'key');
        if (!key) continue;
        const at = `${graphs.get(argumentOf(directive, 'graph') ?? '')} ${type.name.value}`;
        const isObject = directive.arguments?.some(({ name }) => name.value === 'isInterfaceObject');
        if (isObject) this.interfaceObjects.add(at);
        if (isObject) interfaces.add(type.name.value);
        this.keys.set(at, [...(this.keys.get(at) ?? []), fieldNames(key)]);
      }
    }
    this.interfaces = interfaces;
  }

  /** Whether a subgraph has `@interfaceObject` on the type. */
  isInterfaceObject(subgraph: string, type: string): boolean {
    return this.interfaceObjects.has(`${subgraph} ${type}`);
  }

  /** Whether a subgraph can find an entity by fields with these names. */
  areIn(subgraph: string, type: string, names: readonly string[]): boolean {
    const keys = this.keys.get(`${subgraph} ${type}`);
    return !keys || keys.some((key) => key.every((name) => names.includes(name)));
  }
}

function fieldNames(key: string): string[] {
  return fieldSet(key).selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : []));
}
