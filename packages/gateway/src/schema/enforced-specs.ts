import { FeatureUrl } from '@apollo/federation-internals';
import { StartUpError } from '@kit/service';
import {
  Kind,
  parse,
  print,
  visit,
  type ConstDirectiveNode,
  type SchemaDefinitionNode,
  type SchemaExtensionNode,
} from 'graphql';
import { AUTHENTICATED_SPEC, REQUIRES_SCOPES_SPEC } from '../operation/authorization/authorization-specs.js';

/** The enforced versions, by identity. */
const ENFORCED: ReadonlyMap<string, string> = new Map([
  [AUTHENTICATED_SPEC, 'v0.1'],
  [REQUIRES_SCOPES_SPEC, 'v0.1'],
]);

/** Apollo's gateway enforces this specification itself, in these versions. */
const INACCESSIBLE_SPEC = 'https://specs.apollo.dev/inaccessible';
const INACCESSIBLE_VERSIONS: ReadonlySet<string> = new Set(['v0.1', 'v0.2']);

/** Rejected even without `for: SECURITY` or in other versions. Otherwise they would be loaded but not enforced. */
const NEVER_IGNORED: ReadonlySet<string | undefined> = new Set([
  'https://specs.apollo.dev/policy',
  INACCESSIBLE_SPEC,
]);

/**
 * Prepares a supergraph for Apollo's gateway, which rejects specifications `for: SECURITY`: removes this purpose from
 * those that we enforce.
 * @throws StartUpError when the supergraph links a security specification that is not enforced
 * @throws GraphQLError for a syntax error
 */
export function withoutEnforcedPurposes(supergraphSdl: string): string {
  const onSchema = <Node extends SchemaDefinitionNode | SchemaExtensionNode>(node: Node): Node => ({
    ...node,
    directives: node.directives?.map(withoutPurposeIfEnforced),
  });
  return print(visit(parse(supergraphSdl), { SchemaDefinition: onSchema, SchemaExtension: onSchema }));
}

function withoutPurposeIfEnforced(link: ConstDirectiveNode): ConstDirectiveNode {
  const url = stringOf(link, 'url') ?? stringOf(link, 'feature');
  const purpose = link.arguments?.find(({ name }) => name.value === 'for');
  const isSecurity = purpose?.value.kind === Kind.ENUM && purpose.value.value === 'SECURITY';
  const feature = url === undefined ? undefined : featureOf(url);
  if (feature?.identity === INACCESSIBLE_SPEC && INACCESSIBLE_VERSIONS.has(feature.version)) return link;
  const known = feature && ENFORCED.get(feature.identity);
  // An unknown version may have a different meaning, so it is rejected for any purpose.
  const isRejected = known ? known !== feature.version : isSecurity || NEVER_IGNORED.has(feature?.identity);
  if (isRejected) throw new StartUpError(`the supergraph links ${url}, which this gateway does not enforce`);
  if (!known) return link;
  return { ...link, arguments: link.arguments?.filter((argument) => argument !== purpose) };
}

function featureOf(url: string): { identity: string; version: string } | undefined {
  try {
    const { identity, version } = FeatureUrl.parse(url);
    return { identity, version: version.toString() };
  } catch {
    return undefined;
  }
}

function stringOf(directive: ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
