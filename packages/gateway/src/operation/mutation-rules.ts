import { FeatureUrl } from '@apollo/federation-internals';
import { KIT_SPEC } from '@kit/auth';
import { StartUpError } from '@kit/service';
import {
  Kind,
  OperationTypeNode,
  parse,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
} from 'graphql';

const KIT = FeatureUrl.parse(KIT_SPEC);
const DIRECTIVES = ['@credential', '@deadline'];

/** The rules of a supergraph for one mutation. */
export interface MutationRules {
  /** Whether it checks or sets a credential (`@credential`). */
  readonly isCredential: boolean;
  /** Time limit of an operation once it sends this mutation, in milliseconds (`@deadline(ms:)`). Null without one. */
  readonly deadlineMs: number | null;
}

/**
 * The rules of the mutations of a supergraph, by name. Mutations without rules are not included.
 * @throws StartUpError when the supergraph links another version of the directives
 */
export function mutationRules(supergraphSdl: string): ReadonlyMap<string, MutationRules> {
  const document = parse(supergraphSdl, { noLocation: true });
  const names = namesInSchema(document);
  const rules = new Map<string, MutationRules>();
  for (const field of mutationsIn(document)) {
    const find = (name: string) => field.directives?.find((each) => each.name.value === names.get(name));
    const isCredential = find('@credential') !== undefined;
    const ms = argumentOf(find('@deadline'), 'ms');
    const deadlineMs = typeof ms === 'number' ? ms : null;
    if (isCredential || deadlineMs !== null) rules.set(field.name.value, { isCredential, deadlineMs });
  }
  return rules;
}

const EXTENSION = 'kitMutationRules';

/** Attaches the rules of a supergraph to its API schema. */
export function attachMutationRules(schema: GraphQLSchema, rules: ReadonlyMap<string, MutationRules>): void {
  schema.extensions = { ...schema.extensions, [EXTENSION]: rules };
}

/** The rules of a mutation; undefined without any. */
export function rulesOf(schema: GraphQLSchema, mutation: string): MutationRules | undefined {
  const rules = schema.extensions[EXTENSION] as ReadonlyMap<string, MutationRules> | undefined;
  return rules?.get(mutation);
}

/** The shortest deadline of mutations, in milliseconds; null without one. */
export function deadlineOf(schema: GraphQLSchema, mutations: readonly string[]): number | null {
  let shortest: number | null = null;
  for (const name of mutations) {
    const ms = rulesOf(schema, name)?.deadlineMs;
    if (typeof ms === 'number') shortest = Math.min(shortest ?? ms, ms);
  }
  return shortest;
}

function mutationsIn({ definitions }: DocumentNode): readonly FieldDefinitionNode[] {
  const schema = definitions.find((node) => node.kind === Kind.SCHEMA_DEFINITION);
  const root = schema?.operationTypes.find(({ operation }) => operation === OperationTypeNode.MUTATION)?.type
    .name.value;
  const type = definitions.find(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === (root ?? 'Mutation'),
  );
  return type?.kind === Kind.OBJECT_TYPE_DEFINITION ? (type.fields ?? []) : [];
}

/**
 * The names that the directives of the kit have in a supergraph. Empty when it does not link them.
 * @throws StartUpError when it links another version of them, since they would not be enforced
 */
function namesInSchema({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const directives = definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION
      ? (node.directives ?? [])
      : [],
  );
  const links = directives.filter((each) => isOfKit(argumentOf(each, 'url')));
  return new Map(links.flatMap(namesLinkedBy));
}

/** Whether a link is to the directives of the kit, in any version and even without one. */
function isOfKit(url: unknown): boolean {
  if (typeof url !== 'string') return false;
  const feature = FeatureUrl.maybeParse(url);
  return feature ? feature.identity === KIT.identity : `${url}/`.startsWith(`${KIT.identity}/`);
}

function namesLinkedBy(link: ConstDirectiveNode): (readonly [name: string, inSchema: string])[] {
  const url = String(argumentOf(link, 'url'));
  if (!FeatureUrl.maybeParse(url)?.equals(KIT))
    throw new StartUpError(`the supergraph links ${url}, which this gateway does not enforce`);
  const as = argumentOf(link, 'as');
  const prefix = typeof as === 'string' ? as : KIT.name;
  const unimported = DIRECTIVES.map((name) => [name, `${prefix}__${name.slice(1)}`] as const);
  const imports = argumentOf(link, 'import');
  return Array.isArray(imports) ? [...unimported, ...imports.map(importedName)] : unimported;
}

function importedName(imported: string | { name: string; as?: string }): [name: string, inSchema: string] {
  const { name, as = name } = typeof imported === 'string' ? { name: imported } : imported;
  return [name, as.slice(1)];
}

function argumentOf(directive: ConstDirectiveNode | undefined, name: string): unknown {
  const value = directive?.arguments?.find((each) => each.name.value === name)?.value;
  return value && valueFromASTUntyped(value);
}
