import { DomainError } from '@kit/service';
import { DAY_MS, LocalTime } from './local-time.js';

/** The lengths of buckets. */
export type StatsBucket = 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';

const MOST_BUCKETS = 1_000;
const MONDAY = 1;

/** Time zones were introduced around then. `Date` also takes the years 0 to 99 for those of the 20th century. */
const EARLIEST = new Date('1900-01-01T00:00:00Z');

export interface BucketRequest {
  /** Midnight in UTC of the first day. */
  readonly from: Date;
  /** Midnight in UTC of the day after the last one. */
  readonly to: Date;
  readonly bucket: StatsBucket;
  /** A name of the IANA database. */
  readonly timeZone: string;
}

export interface Buckets {
  /** In order. Each bucket ends at the start of the next one. */
  readonly starts: readonly Date[];
  /** The end of the last bucket. */
  readonly end: Date;
}

export class InvalidStatsRequest extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/**
 * Divides the days into buckets. The first one starts with the first day, and each other one at a full hour, a midnight, a
 * Monday or the first of a month in the time zone.
 * @throws InvalidStatsRequest
 */
export function bucketsOf({ from, to, bucket, timeZone }: BucketRequest): Buckets {
  if (from > to) throw new InvalidStatsRequest('from must not be after to.');
  if (from < EARLIEST) throw new InvalidStatsRequest('from must be 1900-01-01 or later.');
  const clock = clockOf(timeZone);
  const end = clock.startOfDay(to.getTime());
  const starts: Date[] = [];
  for (const start of startsOf(clock, bucket, from.getTime(), to.getTime())) {
    if (starts.length === MOST_BUCKETS) {
      throw new InvalidStatsRequest(
        `There are at most ${MOST_BUCKETS} buckets. Use a shorter time between from and to, or a longer bucket.`,
      );
    }
    starts.push(new Date(start));
  }
  return { starts, end: new Date(end) };
}

function* startsOf(clock: LocalTime, bucket: StatsBucket, from: number, to: number): Generator<number> {
  const end = clock.startOfDay(to);
  if (bucket === 'HOUR') {
    for (let start = clock.startOfDay(from); start < end; start = clock.nextHour(start)) yield start;
    return;
  }
  let last = -Infinity;
  for (let day = from; day < to; day = nextDay(day, bucket)) {
    const start = clock.startOfDay(day);
    // A day that the clocks skipped starts with the next one.
    if (start > last && start < end) yield start;
    last = start;
  }
}

/** The next day at which a bucket starts. */
function nextDay(day: number, bucket: 'DAY' | 'WEEK' | 'MONTH'): number {
  const date = new Date(day);
  if (bucket === 'MONTH') return date.setUTCMonth(date.getUTCMonth() + 1, 1);
  const days = bucket === 'DAY' ? 1 : (7 + MONDAY - date.getUTCDay()) % 7 || 7;
  return day + days * DAY_MS;
}

function clockOf(timeZone: string): LocalTime {
  try {
    return new LocalTime(timeZone);
  } catch {
    throw new InvalidStatsRequest('timeZone must be a name of the IANA database, such as "Europe/Berlin".');
  }
}
