import { DomainError } from '@kit/service';
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, type PageArgs } from './page.args.js';

/** A page: `size` rows after the cursor or from the start, or before the cursor or from the end. */
export interface PageRequest {
  readonly direction: 'forward' | 'backward';
  readonly size: number;
  readonly cursor: string | null;
}

export class InvalidPageArguments extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** @throws InvalidPageArguments when the size is not 1–100, or the arguments name both directions */
export function parsePage({ first, after, last, before }: PageArgs): PageRequest {
  const forward = firstGiven({ first, after });
  const backward = firstGiven({ last, before });
  if (forward && backward) {
    throw new InvalidPageArguments(
      `${forward} and ${backward} cannot go together. Use first and after to page forward, or last and before to page backward.`,
    );
  }
  return backward
    ? { direction: 'backward', size: pageSize('last', last), cursor: before ?? null }
    : { direction: 'forward', size: pageSize('first', first), cursor: after ?? null };
}

function firstGiven(args: Record<string, unknown>): string | undefined {
  return Object.keys(args).find((name) => (args[name] ?? null) !== null);
}

function pageSize(argument: string, size: number | null | undefined): number {
  if (size === null || size === undefined) return DEFAULT_PAGE_SIZE;
  if (size >= 1 && size <= LARGEST_PAGE_SIZE) return size;
  throw new InvalidPageArguments(`${argument} must be from 1 to ${LARGEST_PAGE_SIZE}, not ${size}.`);
}
