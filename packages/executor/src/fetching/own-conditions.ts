import { Kind, visit, type DocumentNode } from 'graphql';
import type { ConditionValues } from '../conditions.js';
import type { ResponseKeys } from '../response-keys.js';

/** The `@skip` and `@include` in the operation of a fetch. */
export class OwnConditions {
  private isLeftOut = false;
  private readonly variables: { readonly name: string; readonly isSkip: boolean }[] = [];

  constructor(document: DocumentNode, keys: ResponseKeys) {
    visit(document, {
      Directive: ({ name, arguments: given = [] }) => {
        const isSkip = name.value === 'skip';
        if (!isSkip && name.value !== 'include') return;
        for (const { value } of given) {
          if (value.kind === Kind.VARIABLE)
            this.variables.push({ name: keys.external(value.name.value), isSkip });
          if (value.kind === Kind.BOOLEAN && value.value === isSkip) this.isLeftOut = true;
        }
      },
    });
  }

  /** Whether they leave out a part of the operation. */
  leaveOut(values: ConditionValues): boolean {
    return this.isLeftOut || this.variables.some(({ name, isSkip }) => values[name] === isSkip);
  }
}
