import { Reflector } from '@nestjs/core';
import { TypeMetadataStorage } from '@nestjs/graphql';
import { Kind, type ConstDirectiveNode, type FieldDefinitionNode, type GraphQLSchema } from 'graphql';
import { requirementOf } from './decorators.js';

const REQUIREMENTS = new Set(['authenticated', 'requiresScopes']);

const AUTHENTICATED: ConstDirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'authenticated' },
};

type Resolvers = ReturnType<typeof TypeMetadataStorage.getQueriesMetadata>;

/**
 * Adds `@authenticated` to the root fields whose resolvers have no `@Public()` and no `@RequiresScopes()`. It reads
 * the metadata that the guard reads, so the SDL and the guard agree.
 * @returns the given schema, changed
 */
export function denyByDefault(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), TypeMetadataStorage.getQueriesMetadata()],
    [schema.getMutationType(), TypeMetadataStorage.getMutationsMetadata()],
    [schema.getSubscriptionType(), TypeMetadataStorage.getSubscriptionsMetadata()],
  ] as const;
  for (const [type, resolvers] of roots) {
    if (!type) continue;
    // The printer prints a type from its syntax tree.
    if (!type.astNode) throw new Error(`${type.name} has no syntax tree`);
    const fields = type.astNode.fields?.map((field) =>
      isPublic(field, resolvers) || isProtected(field) ? field : authenticated(field),
    );
    type.astNode = { ...type.astNode, ...(fields && { fields }) };
  }
  return schema;
}

/** Whether all resolvers of the field are public. There are several where one process builds several schemas. */
function isPublic({ name }: FieldDefinitionNode, resolvers: Resolvers): boolean {
  const ofField = resolvers.filter(({ schemaName }) => schemaName === name.value);
  const reflector = new Reflector();
  const requirements = ofField.map(({ target, methodName }) => {
    const handler = (target.prototype as Record<string, () => unknown>)[methodName]!;
    return requirementOf(reflector, handler, target as never);
  });
  return requirements.length > 0 && requirements.every((requirement) => requirement === 'public');
}

function isProtected({ directives }: FieldDefinitionNode): boolean {
  return directives?.some(({ name }) => REQUIREMENTS.has(name.value)) ?? false;
}

function authenticated(field: FieldDefinitionNode): FieldDefinitionNode {
  return { ...field, directives: [...(field.directives ?? []), AUTHENTICATED] };
}
