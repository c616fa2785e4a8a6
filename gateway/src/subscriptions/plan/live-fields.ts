import type { Audience } from '@supergraph/service/live-directive';
import { Kind, parse, valueFromASTUntyped } from 'graphql';

/**
 * What the supergraph says of its Subscription fields with `@live(audience:)`. A field that says nothing is one whose
 * events depend on the viewer.
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
