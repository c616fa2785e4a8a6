import type { FetchNode } from '@apollo/query-planner';
import { parse, print, visit, type DocumentNode, type GraphQLSchema } from 'graphql';
import { withTypenamesOfConditionalObjects } from './document/conditional-objects.js';
import { withoutConstantConditions } from './document/constant-conditions.js';
import { DirectiveDefaults } from './document/directive-defaults.js';
import { mutationsInOrder } from './document/mutations-in-order.js';
import { EntityKeys } from './supergraph/entity-keys.js';
import { SubgraphTypes } from './supergraph/subgraph-types.js';
import { Requirements } from './supergraph/requirements.js';
import { DocumentKeys } from './document-keys.js';
import { ResponseKeys } from './response-keys.js';

/** The schemas of one supergraph. Plans and programs of different supergraphs do not mix. */
export class ExecutableSchema {
  readonly keys: ResponseKeys;
  readonly requirements: Requirements;
  readonly entityKeys: EntityKeys;
  /** The interfaces and unions for which subgraphs have different object types. */
  readonly inconsistentTypes: ReadonlySet<string>;
  private readonly directiveDefaults: DirectiveDefaults;

  /**
   * @param api the schema that clients see
   * @param supergraph the supergraph as a schema, with the types and fields that clients do not see
   * @param supergraphSdl its text
   */
  constructor(
    readonly api: GraphQLSchema,
    readonly supergraph: GraphQLSchema,
    supergraphSdl: string,
  ) {
    const document = parse(supergraphSdl, { noLocation: true });
    this.keys = new ResponseKeys(supergraph, document);
    this.requirements = new Requirements(document);
    this.entityKeys = new EntityKeys(document);
    this.inconsistentTypes = new SubgraphTypes(document).inconsistent;
    this.directiveDefaults = new DirectiveDefaults(api);
  }

  /** The document to plan instead of a client's document. Its response keys cannot be mistaken for names of fields. */
  internalDocument(document: DocumentNode): DocumentNode {
    const complete = this.directiveDefaults.writtenIn(document);
    const ordered = mutationsInOrder(withoutConstantConditions(complete));
    return this.keys.internalDocument(withTypenamesOfConditionalObjects(ordered), new DocumentKeys(document));
  }

  /** The path of a response for a path with the keys of an internal document. */
  externalPath(path: readonly (string | number)[]): readonly (string | number)[] {
    return path.map((key) => (typeof key === 'string' ? this.keys.external(key) : key));
  }

  /** The fetch of a root field with the client's names of variables. */
  withClientVariables(fetch: FetchNode): FetchNode {
    const { operation, variableUsages = [] } = fetch;
    const names = variableUsages.map((name) => this.keys.external(name));
    if (names.every((name, n) => name === variableUsages[n])) return fetch;
    const document = visit(parse(operation, { noLocation: true }), {
      Variable: (node) => ({
        ...node,
        name: { ...node.name, value: this.keys.external(node.name.value) },
      }),
    });
    return { ...fetch, operation: print(document), variableUsages: names };
  }
}
