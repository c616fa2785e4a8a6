import type { Audience } from '@kit/auth';
import { Kind, parse, valueFromASTUntyped } from 'graphql';

/**
 * Reads the audience of each Subscription field from `@live(audience:)` in the supergraph. Without the directive, the
 * audience is `VIEWER`.
 */
export function liveFields(supergraphSdl: string): ReadonlyMap<string, Audience> {
  const fields = new Map<string, Audience>();
  for (const definition of parse(supergraphSdl).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== 'Subscription') continue;
    for (const field of definition.fields ?? []) {
      const live = field.directives?.find(({ name }) => name.value === 'live');
      const audience = live?.arguments?.find(({ name }) => name.value === 'audience');
      const value = audience && valueFromASTUntyped(audience.value);
      fields.set(field.name.value, value === 'SCOPES' ? 'SCOPES' : 'VIEWER');
    }
  }
  return fields;
}
