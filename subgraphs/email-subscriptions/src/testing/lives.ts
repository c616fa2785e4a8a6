import { expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  changeOfEvent,
  TRANSITIONS,
  transitionOf,
  type Cause,
  type Nobody,
  type SubscriberChange,
  type TransitionName,
} from '../subscribers/life/transitions.js';
import { SubscriberHistoryEntity } from '../subscribers/life/subscriber-history.entity.js';
import { NO_FACTS, type SubscriberFacts, type SubscriberStatus } from '../subscribers/subscriber-status.js';
import { SubscriberEntity, type SubscriberSource } from '../subscribers/subscriber.entity.js';
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

const CAUSES = { FORM: 'SUBSCRIBER', USER: 'STAFF', IMPORT: 'IMPORT' } as const satisfies Record<
  SubscriberSource,
  Cause
>;

/** Compares what happened to subscribers with the table of transitions, and counts the transitions. */
export class Lives {
  private readonly counts = new Map<string, number>();

  constructor(private readonly database: DataSource) {}

  /**
   * Compares the events after a position with the histories of their subscribers, and both with the table.
   * @returns the subscribers
   */
  async expectAllowed(afterSeq: number): Promise<SubscriberEntity[]> {
    const events = await this.database.query<LoggedEvent[]>(
      `SELECT seq::int, subject_id AS id, type AS kind, occurred_at AS at,
         detail ->> 'before' AS before, detail ->> 'after' AS after
       FROM event_log WHERE seq > $1 ORDER BY seq`,
      [afterSeq],
    );
    const ids = [...new Set(events.map(({ id }) => id))];
    const subscribers = await this.database
      .createQueryBuilder(SubscriberEntity, 's')
      .where('s.id = ANY (:ids)', { ids })
      .getMany();
    expect(subscribers).toHaveLength(ids.length);
    const changes = await this.database
      .createQueryBuilder(SubscriberHistoryEntity, 'h')
      .where('h.subscriberId = ANY (:ids)', { ids })
      .orderBy('h.revision')
      .getMany();
    for (const subscriber of subscribers) {
      this.expectLife(
        subscriber,
        changes.filter(({ subscriberId }) => subscriberId === subscriber.id),
        events.filter(({ id }) => id === subscriber.id),
      );
    }
    return subscribers;
  }

  /** Checks that every transition of the table was seen, from every status and by everyone who may cause it. */
  expectEveryTransition(): void {
    const names = Object.keys(TRANSITIONS) as TransitionName[];
    const all = names.flatMap((name) => [
      ...Object.keys(transitionOf(name).to).map((status) => `${name} from ${status}`),
      ...transitionOf(name).by.map((cause) => `${name} by ${cause}`),
    ]);
    expect(all.filter((transition) => !this.counts.has(transition))).toEqual([]);
  }

  private expectLife(subscriber: SubscriberEntity, changes: readonly Step[], events: LoggedEvent[]): void {
    const { addedAt: at, addedById: byUserId, source } = subscriber;
    const steps: Step[] = [{ revision: 1, at, kind: 'ADDED', byUserId, source, changed: [] }, ...changes];
    expect(steps.map(({ revision }) => revision)).toEqual(
      Array.from({ length: subscriber.revision }, (_, index) => index + 1),
    );
    expect(events).toHaveLength(steps.length);
    let status: SubscriberStatus | Nobody = 'NOBODY';
    let facts: SubscriberFacts = NO_FACTS;
    const positions = { live: 0, bulk: 0 };
    for (const step of steps) {
      const { event, name } = take(events, step, status);
      this.count(`${name} from ${status}`);
      this.count(`${name} by ${CAUSES[step.source]}`);
      status = event.after;
      facts = { ...facts, ...transitionOf(name).facts(step.at) };
      // Bulk events are numbered behind live ones.
      const lane = isBulk(step) ? 'bulk' : 'live';
      expect(event.seq).toBeGreaterThan(positions[lane]);
      positions[lane] = event.seq;
    }
    expect(status).toBe(subscriber.status);
    expect(holding(subscriber)).toEqual(holding(facts));
  }

  private count(transition: string): void {
    this.counts.set(transition, (this.counts.get(transition) ?? 0) + 1);
  }
}

/** Removes the event of a step. @returns the event, and the transition that it is */
function take(
  events: LoggedEvent[],
  step: Step,
  status: SubscriberStatus | Nobody,
): { readonly event: LoggedEvent; readonly name: TransitionName } {
  const before = status === 'NOBODY' ? null : status;
  for (const [index, event] of events.entries()) {
    if (changeOfEvent(event.kind) !== step.kind) continue;
    if (event.at.getTime() !== step.at.getTime() || event.before !== before) continue;
    const name = transitionFrom(status, step, event.after);
    if (!name) continue;
    events.splice(index, 1);
    return { event, name };
  }
  throw new Error(`no event for ${JSON.stringify({ before, step, events })}`);
}

/** The transition of the table that a step is. */
function transitionFrom(
  before: SubscriberStatus | Nobody,
  { kind, changed, source }: Step,
  after: SubscriberStatus,
): TransitionName | undefined {
  return (Object.keys(TRANSITIONS) as TransitionName[]).find((name) => {
    const row = transitionOf(name);
    if (row.kind !== (kind satisfies SubscriberChange) || !row.by.includes(CAUSES[source])) return false;
    if (kind === 'UPDATED' && name !== (changed.includes('email') ? 'CHANGE_ADDRESS' : 'EDIT')) return false;
    return row.to[before] === after;
  });
}

function isBulk({ source, byUserId }: Step): boolean {
  return source === 'IMPORT' || byUserId === TAGGER.viewer.userId;
}

/** The facts that hold. */
function holding(facts: SubscriberFacts): string[] {
  return (Object.keys(NO_FACTS) as (keyof SubscriberFacts)[]).filter((fact) => facts[fact] !== null);
}
