import type { SubscriberEntity } from '../subscriber.entity.js';

export type SubscriberOrderField = 'ADDED_AT' | 'EMAIL' | 'UPDATED_AT';
export type OrderDirection = 'ASC' | 'DESC';

/** An order of the list. Rows with equal keys are ordered by id, in the same direction. */
export interface SubscriberOrder {
  readonly field: SubscriberOrderField;
  readonly direction: OrderDirection;
}

export const NEWEST_FIRST: SubscriberOrder = { field: 'ADDED_AT', direction: 'DESC' };

/** A position in an order: the sort key and the id of a row. */
export type Position = readonly [key: string, id: string];

/** The properties with the sort keys. */
export const SORT_KEY = { ADDED_AT: 'addedAt', EMAIL: 'emailNormalized', UPDATED_AT: 'updatedAt' } as const;

export function positionOf(row: SubscriberEntity, { field }: SubscriberOrder): Position {
  const key = row[SORT_KEY[field]];
  return [key instanceof Date ? key.toISOString() : key, row.id];
}

export function reversed({ field, direction }: SubscriberOrder): SubscriberOrder {
  return { field, direction: direction === 'ASC' ? 'DESC' : 'ASC' };
}
