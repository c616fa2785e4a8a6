import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutFragments } from '../document/fragments.js';

/** A field of the entities of a fetch. */
export interface EntityField {
  /** The type that the fetch names for the entities. */
  readonly type: string;
  readonly field: FieldNode;
}

/** A fetch of entities, to be split into fetches that have some of its fields each. */
export class FetchParts {
  readonly fields: readonly EntityField[];
  private readonly document: DocumentNode;
  private readonly entities: FieldNode;

  constructor(private readonly fetch: FetchNode) {
    this.document = withoutFragments(parse(fetch.operation));
    this.entities = entitiesOf(this.document);
    this.fields = entityFields(this.entities.selectionSet!, '');
  }

  /** The fetch with these fields only. */
  part(fields: ReadonlySet<FieldNode>, requires: QueryPlanSelectionNode[]): FetchNode {
    const { variableUsages, operationDocumentNode } = this.fetch;
    const operation = withUsedVariables(this.withEntityFields(fields));
    const used = new Set(variableNames(operation));
    return {
      ...this.fetch,
      requires,
      operation: stripIgnoredCharacters(print(operation)),
      ...(variableUsages && { variableUsages: variableUsages.filter((name) => used.has(name)) }),
      ...(operationDocumentNode && { operationDocumentNode: operation }),
    };
  }

  private withEntityFields(fields: ReadonlySet<FieldNode>): DocumentNode {
    const filter = (set: SelectionSetNode): SelectionSetNode => ({
      ...set,
      selections: set.selections.flatMap((selection): SelectionNode[] => {
        if (selection.kind !== Kind.INLINE_FRAGMENT)
          return fields.has(selection as FieldNode) ? [selection] : [];
        const selectionSet = filter(selection.selectionSet);
        return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
      }),
    });
    return visit(this.document, {
      Field: (node) =>
        node === this.entities ? { ...node, selectionSet: filter(node.selectionSet!) } : undefined,
    });
  }
}

function entitiesOf(document: DocumentNode): FieldNode {
  const [operation] = document.definitions;
  const [entities] = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
  if (entities?.kind !== Kind.FIELD) throw new Error('a fetch of entities selects _entities');
  return entities;
}

function entityFields({ selections }: SelectionSetNode, type: string): EntityField[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [{ type, field: selection }];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    return entityFields(selection.selectionSet, selection.typeCondition?.name.value ?? type);
  });
}

function variableNames(document: DocumentNode): string[] {
  const names: string[] = [];
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void names.push(name.value),
  });
  return names;
}

function withUsedVariables(document: DocumentNode): DocumentNode {
  const used = new Set(variableNames(document));
  return visit(document, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
}
