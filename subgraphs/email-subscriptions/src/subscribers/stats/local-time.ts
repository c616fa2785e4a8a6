const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The clock of a time zone. A local time is given as the milliseconds that UTC has at the same reading. */
export class LocalTime {
  private readonly format: Intl.DateTimeFormat;

  /** @throws RangeError if the IANA database has no such time zone */
  constructor(timeZone: string) {
    // Intl also accepts offsets, such as +01:00.
    if (!/^[a-z]/i.test(timeZone)) throw new RangeError('not the name of a time zone');
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The reading of the clock at an instant, in whole seconds. */
  at(instant: number): number {
    const parts = this.format.formatToParts(instant);
    const read = (wanted: string) => Number(parts.find(({ type }) => type === wanted)!.value);
    const [year, month, day] = [read('year'), read('month'), read('day')];
    return Date.UTC(year, month - 1, day, read('hour'), read('minute'), read('second'));
  }

  /**
   * The first instant of a local day. Clocks may skip or repeat midnight, and have skipped whole days.
   * @param midnight the local time at which the day starts
   */
  startOfDay(midnight: number): number {
    // The offset changes at most once within these two days.
    const candidates = [midnight - DAY_MS, midnight + DAY_MS].map(
      (near) => midnight - (this.at(near) - near),
    );
    return Math.min(...candidates.filter((instant) => this.at(instant) >= midnight));
  }

  /** The next instant at which the clock shows a full hour. */
  nextHour(instant: number): number {
    let next = instant;
    // After a change by half an hour, the next hour of UTC is not a full hour.
    do next += HOUR_MS - (this.at(next) % HOUR_MS);
    while (this.at(next) % HOUR_MS !== 0);
    return next;
  }
}
