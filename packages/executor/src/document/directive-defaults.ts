import {
  Kind,
  visit,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/**
 * The default values in the definitions of executable directives. They become part of fetches, because a subgraph may
 * define a composed directive without them.
 */
export class DirectiveDefaults {
  private readonly defaults: ReadonlyMap<string, readonly ArgumentNode[]>;

  /** @param schema the schema that clients see */
  constructor(schema: GraphQLSchema) {
    this.defaults = new Map(
      schema.getDirectives().flatMap(({ name, astNode }) => {
        const defaults = (astNode?.arguments ?? []).flatMap(
          ({ name: argument, defaultValue }): ArgumentNode[] =>
            defaultValue ? [{ kind: Kind.ARGUMENT, name: argument, value: defaultValue }] : [],
        );
        return defaults.length > 0 ? [[name, defaults] as const] : [];
      }),
    );
  }

  /** Gives the directives of a document the arguments that they leave to the defaults. */
  writtenIn(document: DocumentNode): DocumentNode {
    if (this.defaults.size === 0) return document;
    return visit(document, {
      Directive: (node): DirectiveNode | undefined => {
        const { name, arguments: given = [] } = node;
        const missing = this.defaults
          .get(name.value)
          ?.filter((each) => !given.some((argument) => argument.name.value === each.name.value));
        return missing?.length ? { ...node, arguments: [...given, ...missing] } : undefined;
      },
    });
  }
}
