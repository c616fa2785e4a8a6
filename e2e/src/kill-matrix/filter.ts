import type { Subscriber } from './truth.js';

/** The `SubscriberFilter` of the schema, as far as the kill matrix uses it. */
export interface SubscriberFilter {
  readonly addedBy?: readonly string[];
  readonly query?: string;
}

/** What the schema says of a filter, written down a second time, so that the service cannot excuse itself. */
export function matches({ addedBy, query }: SubscriberFilter, { email, name, ...row }: Subscriber): boolean {
  const text = `${email}\n${name}`.toLowerCase();
  return (addedBy?.includes(row.addedBy) ?? true) && text.includes(query?.toLowerCase() ?? '');
}
