import { expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  changeOfEvent,
  TRANSITIONS,
  transitionOf,
  type Nobody,
  type SubscriberChange,
  type TransitionName,
} from '../subscribers/life/transitions.js';
import { SubscriberHistoryEntity } from '../subscribers/life/subscriber-history.entity.js';
import { statusOf, type SubscriberStatus } from '../subscribers/subscriber-status.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { TAGGER } from './writers.js';

interface LoggedEvent {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly at: Date;
  readonly before: SubscriberStatus | null;
  readonly after: SubscriberStatus;
}

type Step = Pick<SubscriberHistoryEntity, 'revision' | 'at' | 'kind' | 'byUserId' | 'source' | 'changed'>;

/**
 * Compares the events after a position with the histories of their subscribers, and both with the table of
 * transitions.
 * @returns the subscribers
 */
export async function expectLives(database: DataSource, afterSeq: number): Promise<SubscriberEntity[]> {
  const events = await database.query<LoggedEvent[]>(
    `SELECT seq::int, subject_id AS id, type AS kind, occurred_at AS at,
       detail ->> 'before' AS before, detail ->> 'after' AS after
     FROM event_log WHERE seq > $1 ORDER BY seq`,
    [afterSeq],
  );
  const ids = [...new Set(events.map(({ id }) => id))];
  const subscribers = await database
    .createQueryBuilder(SubscriberEntity, 's')
    .where('s.id = ANY (:ids)', { ids })
    .getMany();
  expect(subscribers).toHaveLength(ids.length);
  const changes = await database
    .createQueryBuilder(SubscriberHistoryEntity, 'h')
    .where('h.subscriberId = ANY (:ids)', { ids })
    .orderBy('h.revision')
    .getMany();
  for (const subscriber of subscribers) {
    expectLife(
      subscriber,
      changes.filter(({ subscriberId }) => subscriberId === subscriber.id),
      events.filter(({ id }) => id === subscriber.id),
    );
  }
  return subscribers;
}

function expectLife(subscriber: SubscriberEntity, changes: readonly Step[], events: LoggedEvent[]): void {
  const { addedAt: at, addedById: byUserId, source } = subscriber;
  const steps: Step[] = [{ revision: 1, at, kind: 'ADDED', byUserId, source, changed: [] }, ...changes];
  expect(steps.map(({ revision }) => revision)).toEqual(
    Array.from({ length: subscriber.revision }, (_, index) => index + 1),
  );
  expect(events).toHaveLength(steps.length);
  let status: SubscriberStatus | Nobody = 'NOBODY';
  const positions = { live: 0, bulk: 0 };
  for (const step of steps) {
    const before = status;
    const event = take(events, step, before);
    status = event.after;
    expect(transitionsFrom(before, step)).toContain(status);
    // Bulk events are numbered behind live ones.
    const lane = step.byUserId === TAGGER.viewer.userId ? 'bulk' : 'live';
    expect(event.seq).toBeGreaterThan(positions[lane]);
    positions[lane] = event.seq;
  }
  expect(status).toBe(subscriber.status);
  expect(statusOf(subscriber)).toBe(subscriber.status);
}

/** Removes the event of a step. */
function take(events: LoggedEvent[], step: Step, status: SubscriberStatus | Nobody): LoggedEvent {
  const before = status === 'NOBODY' ? null : status;
  const index = events.findIndex(
    (event) =>
      changeOfEvent(event.kind) === step.kind &&
      event.at.getTime() === step.at.getTime() &&
      event.before === before &&
      transitionsFrom(status, step).includes(event.after),
  );
  if (index === -1) throw new Error(`no event for ${JSON.stringify({ before, step, events })}`);
  return events.splice(index, 1)[0]!;
}

/** The statuses that the table allows after a step. */
function transitionsFrom(before: SubscriberStatus | Nobody, { kind, changed, source }: Step): string[] {
  const cause = source === 'FORM' ? 'SUBSCRIBER' : 'STAFF';
  return (Object.keys(TRANSITIONS) as TransitionName[])
    .filter((name) => kind !== 'UPDATED' || name === updateOf(changed))
    .map(transitionOf)
    .filter((row) => row.kind === (kind satisfies SubscriberChange) && row.by.includes(cause))
    .flatMap(({ to }) => to[before] ?? []);
}

function updateOf(changed: readonly string[]): TransitionName {
  return changed.includes('email') ? 'CHANGE_ADDRESS' : 'EDIT';
}
