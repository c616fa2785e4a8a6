import type { FetchNode } from '@apollo/query-planner';
import type { FieldNode } from 'graphql';
import { FetchParts } from './fetch-parts.js';
import { agree, choiceOf, choose, keysByField, type FieldChoice } from './field-choice.js';
import type { Requirements } from '../supergraph/requirements.js';

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

  const whole = new FetchParts(fetch);
  const parts: Part[] = [];
  for (const { type, field } of whole.fields) {
    const choices = requirements
      .of(serviceName, type, field.name.value)
      .map((required) => choiceOf(required, originalName));
    assignField(parts, field, onlyOf(ambiguous, new Map(choices.flatMap((choice) => [...choice]))));
  }
  return parts.map(({ choice, fields }) => whole.part(fields, choose(requires, choice, ambiguous)));
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
