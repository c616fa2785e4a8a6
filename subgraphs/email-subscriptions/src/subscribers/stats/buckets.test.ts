import { describe, expect, test } from '@jest/globals';
import { bucketsOf, type StatsBucket } from './buckets.js';

const MINUTE_MS = 60_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];

const buckets = (from: string, to: string, bucket: StatsBucket, timeZone: string) =>
  bucketsOf({ from: new Date(from), to: new Date(to), bucket, timeZone });

const startsOf = (...request: Parameters<typeof buckets>) =>
  buckets(...request).starts.map((start) => start.toISOString().replace('.000Z', ''));

/** The first instants of all local days, found by looking at the clock every quarter of an hour. */
function daysByScan(from: string, to: string, timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const days: string[] = [];
  let last = '';
  for (let t = Date.parse(from) - 2 * 86_400_000; t < Date.parse(to) + 86_400_000; t += 15 * MINUTE_MS) {
    const day = format.format(t);
    if (day <= last) continue;
    last = day;
    if (day >= from && day < to) days.push(new Date(t).toISOString().replace('.000Z', ''));
  }
  return days;
}

describe('buckets', () => {
  test.each(ZONES)('of days start with the days of %s', (timeZone) => {
    // Years with changes of offsets and of the date line: Samoa skipped 30 December 2011.
    for (const [from, to] of [
      ['2011-01-01', '2012-03-01'],
      ['2017-12-01', '2018-12-31'],
      ['2025-01-01', '2026-12-31'],
    ] as const) {
      expect(startsOf(from, to, 'DAY', timeZone)).toEqual(daysByScan(from, to, timeZone));
    }
  });

  test.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['America/Havana', '2025-11-02', 25],
    ['Asia/Kathmandu', '2026-03-29', 24],
  ])('of hours in %s: %s has %i', (timeZone, day, hours) => {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const { starts, end } = buckets(day, next, 'HOUR', timeZone);
    expect(starts).toHaveLength(hours);
    expect(end.getTime() - starts[0]!.getTime()).toBe(hours * 60 * MINUTE_MS);
  });

  test('of hours start at full hours where clocks change by half an hour', () => {
    expect(startsOf('2026-04-05', '2026-04-06', 'HOUR', 'Australia/Lord_Howe').slice(0, 4)).toEqual([
      '2026-04-04T13:00:00',
      '2026-04-04T14:00:00',
      '2026-04-04T15:30:00',
      '2026-04-04T16:30:00',
    ]);
  });

  test('of weeks and months start at from, and then on Mondays and the first of months', () => {
    expect(startsOf('2026-11-27', '2026-12-14', 'WEEK', 'UTC')).toEqual([
      '2026-11-27T00:00:00',
      '2026-11-30T00:00:00',
      '2026-12-07T00:00:00',
    ]);
    expect(startsOf('2026-01-31', '2026-04-01', 'MONTH', 'Europe/Berlin')).toEqual([
      '2026-01-30T23:00:00',
      '2026-01-31T23:00:00',
      '2026-02-28T23:00:00',
    ]);
  });

  test('are none between equal days', () => {
    for (const bucket of ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const) {
      expect(startsOf('2026-01-01', '2026-01-01', bucket, 'Asia/Kathmandu')).toEqual([]);
    }
  });

  test('are 1,000 at most', () => {
    expect(startsOf('2024-01-01', '2026-09-27', 'DAY', 'UTC')).toHaveLength(1_000);
    expect(() => startsOf('2024-01-01', '2026-09-28', 'DAY', 'UTC')).toThrow('between from and to');
  });

  test.each(['0000-01-01', '0001-01-01', '0099-12-31', '1899-12-31'])('reject a start in %s', (from) => {
    expect(() => startsOf(from, '1900-01-01', 'DAY', 'UTC')).toThrow('from must be 1900-01-01 or later');
  });

  test.each(['', '+01:00', '-0500', 'Mars/Olympus', "UTC'", 'x'.repeat(10_000)])(
    'reject the time zone %j',
    (timeZone) => {
      expect(() => startsOf('2026-01-01', '2026-01-02', 'DAY', timeZone)).toThrow('timeZone');
    },
  );
});
