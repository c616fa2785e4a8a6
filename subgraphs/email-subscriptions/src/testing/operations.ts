import * as fc from 'fast-check';
import type { FilterFields } from '../subscribers/list/subscriber-filter.js';

/** The number of addresses in a history. */
export const ADDRESSES = 4;

/** The number of callers that work at the same time. */
export const WRITERS = 4;

const TAGS = ['new', 'news', 'offers'];
const MONTH_HOURS = 30 * 24;

const address = fc.nat(ADDRESSES - 1);
const tags = fc.subarray(TAGS);
const attributes = fc.dictionary(fc.constantFrom('city', 'plan'), fc.constantFrom('a', 'b', 1), {
  maxKeys: 2,
});
const name = fc.constantFrom('Ada', 'Grace', null);

/** Whom an operation concerns: the owner of an address or, half of the time, somebody seen earlier. */
const who = fc.record({ address, seen: fc.option(fc.nat(), { nil: null }) });

export type Who = typeof who extends fc.Arbitrary<infer Value> ? Value : never;

/** A filter that selects some of the subscribers. */
export const filters: fc.Arbitrary<FilterFields> = fc.record(
  {
    status: fc.subarray(['PENDING', 'ACTIVE', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED'] as const, {
      minLength: 1,
    }),
    tags: fc.subarray(TAGS, { maxLength: 1 }),
    source: fc.subarray(['USER', 'FORM', 'IMPORT'] as const, { minLength: 1 }),
    attributes: fc.record({ plan: fc.constantFrom('a', 1, null) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const operations = {
  add: fc.record({
    do: fc.constant('add' as const),
    address,
    input: fc.record({ name, tags, attributes, requireConfirmation: fc.boolean() }),
  }),
  update: fc.record({
    do: fc.constant('update' as const),
    who,
    address: fc.option(address, { nil: null, freq: 2 }),
    input: fc.record({ name, addTags: tags, removeTags: tags, attributes }, { requiredKeys: [] }),
  }),
  tag: fc.record({ do: fc.constant('tag' as const), filter: filters, add: tags, remove: tags }),
  /** Some sign up again and again, and some open the mail at once. */
  signUp: fc.record({
    do: fc.constant('signUp' as const),
    address,
    hours: fc.constantFrom(0, 1, 1, MONTH_HOURS),
    times: fc.constantFrom(1, 1, 1, 1, 1, 1, 6),
    opens: fc.boolean(),
  }),
  /** Opens the newest mail, or an earlier one. */
  openMail: fc.record({ do: fc.constant('openMail' as const), address, earlier: fc.nat(2) }),
  report: fc.record({
    do: fc.constant('report' as const),
    address,
    report: fc.constantFrom('DELIVERED', 'HARD_BOUNCE', 'SOFT_BOUNCE', 'COMPLAINT'),
    times: fc.constantFrom(1, 1, 5),
  }),
  withoutInput: fc.record({
    do: fc.constantFrom(
      'unsubscribe' as const,
      'unsubscribe' as const,
      'followLink' as const,
      'followLink' as const,
      'resend' as const,
      'erase' as const,
    ),
    who,
  }),
  import: fc.record({
    do: fc.constant('import' as const),
    onExisting: fc.constantFrom('SKIP', 'UPDATE', 'UPDATE', 'UPDATE'),
    rows: fc.array(
      fc.record({
        address,
        name,
        tags,
        status: fc.constantFrom('', 'ACTIVE', 'PENDING', 'BOUNCED', 'UNSUBSCRIBED', 'COMPLAINED'),
      }),
      { minLength: 1, maxLength: ADDRESSES },
    ),
  }),
};

/** One operation of a history. */
const operation = fc.oneof(
  { weight: 10, arbitrary: operations.add },
  { weight: 8, arbitrary: operations.update },
  { weight: 4, arbitrary: operations.tag },
  { weight: 7, arbitrary: operations.signUp },
  { weight: 4, arbitrary: operations.openMail },
  { weight: 7, arbitrary: operations.report },
  { weight: 12, arbitrary: operations.withoutInput },
  { weight: 1, arbitrary: operations.import },
);

export type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

export type OperationOf<Do extends Operation['do']> = Extract<Operation, { readonly do: Do }>;

/** What each writer does, one after the other. */
export const histories: fc.Arbitrary<Operation[][]> = fc.array(
  fc.array(operation, { minLength: 1, maxLength: 10 }),
  { minLength: WRITERS, maxLength: WRITERS },
);
