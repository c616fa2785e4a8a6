import type { DocumentNode } from 'graphql';
import { countDirectives } from '../limits/directives.js';
import { Expansion } from '../limits/expansion.js';

/**
 * Measured with compiled documents of 10 to 200 tokens, 3 to 160 selections, and up to 8 conditions. They take 27 KB to
 * 1.2 MB. The estimate is at least three quarters of that.
 */
const KIBIBYTE = 1024;
const BASE = 16 * KIBIBYTE;
const PER_TOKEN = 600;
const PER_CHARACTER = 2;
const PER_SELECTION = 2 * KIBIBYTE;
const PER_VARIANT = 10 * KIBIBYTE;
const PER_SELECTION_OF_VARIANT = 300;
/** Number of combinations of `@skip` and `@include` that a program keeps. */
const MAX_VARIANTS = 16;

/** Estimates the bytes of memory that a document retains. */
export function documentBytes({ loc }: DocumentNode): number {
  if (!loc) return 0;
  let tokens = 0;
  for (let token = loc.startToken.next; token; token = token.next) tokens += 1;
  return PER_TOKEN * tokens + PER_CHARACTER * loc.source.body.length;
}

/**
 * The same for a document that is within the limits, and everything that is derived from it (plan, program). Fragments
 * count where they are spread, and each combination of conditions counts.
 */
export function retainedBytes(document: DocumentNode): number {
  const { size: selections } = new Expansion(document);
  const { conditions } = countDirectives(document);
  const moreVariants = Math.min(2 ** conditions, MAX_VARIANTS) - 1;
  return (
    BASE +
    documentBytes(document) +
    PER_SELECTION * selections +
    moreVariants * (PER_VARIANT + PER_SELECTION_OF_VARIANT * selections)
  );
}
