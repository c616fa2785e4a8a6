import { EventLog, type LoggedEvent } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SUBSCRIBER_EVENTS } from '../life/transitions.js';
import type { SubscriberStatus } from '../subscriber-status.js';
import { FIGURES, FIGURES_CONSUMER, isFigure, QUARTER, SUM_OF_EACH_FIGURE } from './figures.js';
import { rebuildFigures } from './rebuild-figures.js';

/** How many events one transaction counts at most. */
const BATCH = 1_000;

/** Counts the changes of subscribers from the event log, each once, in the transaction of its position. */
@Injectable()
export class FigureCounting {
  constructor(eventLog: EventLog) {
    eventLog.consume({
      name: FIGURES_CONSUMER,
      kinds: SUBSCRIBER_EVENTS,
      batch: BATCH,
      handle: async (events, manager) => {
        await addToFigures(events, manager);
        await addToTotals(events, manager);
      },
      onMissed: ({ last }, manager) => rebuildFigures(manager, last),
    });
  }
}

async function addToFigures(all: readonly LoggedEvent[], manager: EntityManager): Promise<void> {
  const events = all.filter(({ kind }) => isFigure(kind));
  if (events.length === 0) return;
  const sums = FIGURES.map((figure) => `${figure} = f.${figure} + excluded.${figure}`);
  await manager.query(
    `INSERT INTO subscriber_figures AS f (quarter, ${FIGURES.join(', ')})
     SELECT ${QUARTER}, ${SUM_OF_EACH_FIGURE}
     FROM (SELECT at, kind, 1 AS n FROM unnest($1::timestamptz[], $2::text[]) AS event (at, kind)) AS events
     GROUP BY 1
     ON CONFLICT (quarter) DO UPDATE SET ${sums.join(', ')}`,
    [events.map(({ occurredAt }) => occurredAt), events.map(({ kind }) => kind)],
  );
}

async function addToTotals(events: readonly LoggedEvent[], manager: EntityManager): Promise<void> {
  const deltas = new Map<SubscriberStatus, number>();
  const add = (status: SubscriberStatus | null, n: number) => {
    if (status !== null) deltas.set(status, (deltas.get(status) ?? 0) + n);
  };
  for (const { detail } of events) {
    const { before, after } = (detail ?? EARLIER_VERSION) as StatusChange;
    add(before, -1);
    add(after, 1);
  }
  const changed = [...deltas].filter(([, n]) => n !== 0);
  if (changed.length === 0) return;
  await manager.query(
    `INSERT INTO subscriber_totals AS t (status, n) SELECT * FROM unnest($1::text[], $2::bigint[])
     ON CONFLICT (status) DO UPDATE SET n = t.n + excluded.n`,
    [changed.map(([status]) => status), changed.map(([, n]) => n)],
  );
}

interface StatusChange {
  readonly before: SubscriberStatus | null;
  readonly after: SubscriberStatus;
}

/** Events of the earlier version have no detail. It only added active subscribers. */
const EARLIER_VERSION: StatusChange = { before: null, after: 'ACTIVE' };
