import type { FetchNode } from '@apollo/query-planner';
import {
  Kind,
  parse,
  stripIgnoredCharacters,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { agree, choiceOf, choose, keysByField, type FieldChoice } from './field-choice.js';
import { withoutFragments } from './fragments.js';
import type { Requirements } from './requirements.js';

interface Part {
  readonly choice: Map<string, string>;
  readonly fields: Set<FieldNode>;
}

/**
 * Splits a fetch of entities in which two fields require different values of one field. A representation has only
 * one value for each field.
 * @param fetch the fetch; its requirements read the response key `alias` and write the field `name`
 * @param originalName the name of the field of the supergraph that a required field stands for
 */
export function splitFetch(
  fetch: FetchNode,
  requirements: Requirements,
  originalName: (name: string) => string,
): FetchNode[] {
  const { requires, serviceName } = fetch;
  if (!requires) return [fetch];
  const ambiguous = new Set(
    [...keysByField(requires)].filter(([, keys]) => keys.size > 1).map(([path]) => path),
  );
  if (ambiguous.size === 0) return [fetch];

  const document = withoutFragments(parse(fetch.operation));
  const parts: Part[] = [];
  const assign = (set: SelectionSetNode, type: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        assign(selection.selectionSet, selection.typeCondition?.name.value ?? type);
      } else if (selection.kind === Kind.FIELD) {
        const choices = requirements
          .of(serviceName, type, selection.name.value)
          .map((required) => choiceOf(required, originalName));
        assignField(parts, selection, onlyOf(ambiguous, new Map(choices.flatMap((choice) => [...choice]))));
      }
    }
  };
  const entities = entitiesOf(document);
  assign(entities.selectionSet!, '');
  return parts.map(({ choice, fields }) => {
    const operation = withUsedVariables(withEntityFields(document, entities, fields));
    const { variableUsages, operationDocumentNode } = fetch;
    const used = new Set(variableNames(operation));
    return {
      ...fetch,
      requires: choose(requires, choice, ambiguous),
      operation: stripIgnoredCharacters(print(operation)),
      ...(variableUsages && { variableUsages: variableUsages.filter((name) => used.has(name)) }),
      ...(operationDocumentNode && { operationDocumentNode: operation }),
    };
  });
}

function onlyOf(paths: ReadonlySet<string>, choice: FieldChoice): FieldChoice {
  return new Map([...choice].filter(([path]) => paths.has(path)));
}

function assignField(parts: Part[], field: FieldNode, choice: FieldChoice): void {
  let part = parts.find((each) => agree(choice, each.choice));
  if (!part) parts.push((part = { choice: new Map(), fields: new Set() }));
  for (const [path, key] of choice) part.choice.set(path, key);
  part.fields.add(field);
}

function entitiesOf(document: DocumentNode): FieldNode {
  const [operation] = document.definitions;
  const [entities] = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
  if (entities?.kind !== Kind.FIELD) throw new Error('a fetch of entities selects _entities');
  return entities;
}

function withEntityFields(
  document: DocumentNode,
  entities: FieldNode,
  fields: ReadonlySet<FieldNode>,
): DocumentNode {
  const filter = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.INLINE_FRAGMENT)
        return fields.has(selection as FieldNode) ? [selection] : [];
      const selectionSet = filter(selection.selectionSet);
      return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
    }),
  });
  return visit(document, {
    Field: (node) => (node === entities ? { ...node, selectionSet: filter(node.selectionSet!) } : undefined),
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
