import { plainText, visibleName } from '@kit/subgraph';
import type { Attributes } from './subscriber.entity.js';

const LONGEST_NAME = 200;
const NAME = visibleName(LONGEST_NAME);

const LONGEST_CONSENT_TEXT = 2_000;
const CONSENT_TEXT = new RegExp(`^[^\\0\\p{Cs}]{1,${LONGEST_CONSENT_TEXT}}$`, 'u');

const LONGEST_TAG = 64;
export const MOST_TAGS = 100;
const TAG = plainText(LONGEST_TAG);

const LONGEST_KEY = 64;
const KEY = plainText(LONGEST_KEY);
const MOST_ATTRIBUTE_BYTES = 16_384;
const DEEPEST = 8;

/** A checked value, or what is wrong with it: a sentence for users that does not repeat the value. */
export type Checked<Value> =
  { readonly value: Value; readonly fault: null } | { readonly value: null; readonly fault: string };

export const NAME_RULE = `Use a name of at most ${LONGEST_NAME} characters, with at least one visible character and no control characters.`;

/** Whether a name without surrounding white space can be stored. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

export const CONSENT_TEXT_RULE = `Use a consent text of at most ${LONGEST_CONSENT_TEXT} characters, without NUL characters.`;

/** Whether a text that a subscriber agreed to can be stored. */
export function isConsentText(text: string): boolean {
  return CONSENT_TEXT.test(text);
}

export const MOST_TAGS_RULE = `A subscriber can have at most ${MOST_TAGS} tags. Add fewer, or remove others.`;

/** @returns the tags trimmed, sorted and without duplicates */
export function parseTags(tags: readonly string[]): Checked<string[]> {
  const value = [...new Set(tags.map((tag) => tag.trim()))].sort();
  if (value.length > MOST_TAGS) return fault(`Use at most ${MOST_TAGS} tags.`);
  return value.every((tag) => TAG.test(tag))
    ? { value, fault: null }
    : fault(`Use tags of 1 to ${LONGEST_TAG} characters, without control characters.`);
}

/** Checks the tags of a subscriber after a change. @returns null if they are too many */
export function withTags(
  tags: readonly string[],
  add: readonly string[],
  remove: readonly string[],
): string[] | null {
  const value = [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag)).sort();
  return value.length > MOST_TAGS ? null : value;
}

/** Adds attributes to those of a subscriber. Null removes one. */
export function withAttributes(attributes: Attributes, changes: Attributes): Attributes {
  const entries = Object.entries({ ...attributes, ...changes }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}

/** Checks attributes, as one caller gives them or as a subscriber has them after a change. */
export function parseAttributes(attributes: unknown): Checked<Attributes> {
  if (attributes === null || typeof attributes !== 'object' || Array.isArray(attributes)) {
    return fault('Use a JSON object as attributes.');
  }
  if (!Object.keys(attributes).every((key) => KEY.test(key))) {
    return fault(`Use attribute names of 1 to ${LONGEST_KEY} characters, without control characters.`);
  }
  if (!isStorable(attributes, DEEPEST)) {
    return fault(
      `Use attributes of at most ${DEEPEST} levels, without NUL characters, invalid Unicode and numbers above 1.7e308.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(attributes)) > MOST_ATTRIBUTE_BYTES) {
    return fault('Use attributes of at most 16 KiB of JSON.');
  }
  return { value: attributes as Attributes, fault: null };
}

/** Whether Postgres can store a JSON value as `jsonb`, and it is not nested too deeply. */
function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return !/[\0\p{Cs}]/u.test(value);
  if (value === null || typeof value !== 'object') return true;
  return (
    levels > 0 &&
    Object.entries(value).every(([key, inner]) => isStorable(key, levels) && isStorable(inner, levels - 1))
  );
}

function fault(sentence: string): { readonly value: null; readonly fault: string } {
  return { value: null, fault: sentence };
}
