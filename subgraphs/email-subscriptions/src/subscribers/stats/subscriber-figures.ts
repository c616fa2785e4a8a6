import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SubscriberStatus } from '../subscriber-status.js';
import type { Buckets } from './buckets.js';
import { FIGURES, FIGURES_CONSUMER, type Figures } from './figures.js';

/** The number of subscribers with each status. */
export type Totals = Readonly<Record<SubscriberStatus, number>>;

export interface SubscriberStats {
  /** One for each bucket, in order. */
  readonly buckets: readonly ({ readonly start: Date } & Figures)[];
  readonly totals: Totals;
  /** The position in the log up to which changes are counted. */
  readonly streamCursor: string;
}

const NONE = Object.fromEntries(FIGURES.map((figure) => [figure, 0])) as unknown as Figures;

/** Reads what `FigureCounting` has counted. */
@Injectable()
export class SubscriberFigures {
  constructor(
    private readonly dataSource: DataSource,
    private readonly eventLog: EventLog,
  ) {}

  /** The figures of each bucket and the totals, of one position in the log. */
  stats({ starts, end }: Buckets): Promise<SubscriberStats> {
    return this.snapshot(async (manager) => {
      const sums = FIGURES.map((figure) => `sum(${figure})::int AS ${figure}`);
      const rows = await manager.query<({ bucket: number } & Figures)[]>(
        `SELECT width_bucket(quarter, $1::timestamptz[]) - 1 AS bucket, ${sums.join(', ')}
         FROM subscriber_figures WHERE quarter >= $2 AND quarter < $3 GROUP BY 1`,
        [starts, starts[0] ?? end, end],
      );
      const found = new Map(rows.map(({ bucket, ...figures }) => [bucket, figures]));
      const { cursor } = await this.position(manager);
      return {
        buckets: starts.map((start, index) => ({ start, ...NONE, ...found.get(index) })),
        totals: await totals(manager),
        streamCursor: cursor,
      };
    });
  }

  /** The totals, and whether they include all committed changes. */
  totals(): Promise<{ readonly totals: Totals; readonly isExact: boolean }> {
    return this.snapshot(async (manager) => {
      const { isAtEnd } = await this.position(manager);
      return { totals: await totals(manager), isExact: isAtEnd };
    });
  }

  private snapshot<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction('REPEATABLE READ', read);
  }

  private async position(manager: EntityManager) {
    const consumed = await this.eventLog.consumed(FIGURES_CONSUMER, manager);
    if (!consumed) throw new Error('the figures have no position in the event log');
    return consumed;
  }
}

/** A negative number is of a change that was counted before the addition: nobody is shown fewer than 0 subscribers. */
async function totals(manager: EntityManager): Promise<Totals> {
  const rows = await manager.query<{ status: SubscriberStatus; n: number }[]>(
    'SELECT status, greatest(n, 0)::int AS n FROM subscriber_totals',
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n])) as Totals;
}
