import { expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Ring, type RingLimits, type RoomEvent } from './ring.js';

const PLENTY: RingLimits = { events: 1_000, characters: 1_000_000, ageMs: 60_000 };

function ringOf(limits: RingLimits, events: readonly RoomEvent[]): Ring {
  const ring = new Ring(limits);
  for (const event of events) ring.push(event);
  return ring;
}

const event = (cursor: string | null, json: string | null = '{}'): RoomEvent => ({ cursor, json });

test('numbers events from 0', () => {
  const ring = ringOf(PLENTY, [event('a'), event('b')]);
  expect([ring.at(-1), ring.at(0), ring.at(1), ring.at(2), ring.end]).toEqual([
    undefined,
    expect.objectContaining(event('a')),
    expect.objectContaining(event('b')),
    undefined,
    2,
  ]);
});

test('resumes after the last event with a cursor', () => {
  const ring = ringOf(PLENTY, [event('a'), event('b'), event('b', null), event(null), event('c')]);
  expect(['a', 'b', 'c', 'd'].map((cursor) => ring.after(cursor))).toEqual([1, 3, 5, null]);
});

test('limits the number of events and keeps their numbers', () => {
  const ring = ringOf({ ...PLENTY, events: 2 }, [event('a'), event('b'), event('c')]);
  expect([ring.at(0), ring.at(1), ring.at(2), ring.end]).toEqual([
    undefined,
    expect.objectContaining(event('b')),
    expect.objectContaining(event('c')),
    3,
  ]);
  expect([ring.after('a'), ring.after('b')]).toEqual([null, 2]);
});

test('limits the number of characters', () => {
  const ring = ringOf({ ...PLENTY, characters: 10 }, [
    event('a', '12345'),
    event('b', '12345'),
    event('c', '1'),
  ]);
  expect([ring.after('a'), ring.after('b'), ring.after('c')]).toEqual([null, 2, 3]);
});

test('keeps the newest event even if it exceeds the limit', () => {
  const ring = ringOf({ ...PLENTY, characters: 10 }, [event('a'), event('b', 'x'.repeat(100))]);
  expect([ring.after('a'), ring.after('b'), ring.at(1)?.json?.length]).toEqual([null, 2, 100]);
});

test('keeps a cursor when an older event with the same cursor is dropped', () => {
  const ring = ringOf({ ...PLENTY, events: 1 }, [event('a', null), event('a')]);
  expect(ring.after('a')).toBe(2);
});

test('drops events at their maximum age', () => {
  jest.useFakeTimers();
  try {
    const ring = ringOf({ ...PLENTY, ageMs: 1_000 }, [event('a')]);
    jest.advanceTimersByTime(600);
    ring.push(event('b'));
    jest.advanceTimersByTime(600);
    expect([ring.at(0), ring.after('a'), ring.after('b'), ring.end]).toEqual([undefined, null, 2, 2]);
    jest.advanceTimersByTime(600);
    expect([ring.at(1), ring.after('b'), ring.end]).toEqual([undefined, null, 2]);
  } finally {
    jest.useRealTimers();
  }
});

const limits = fc.record({
  events: fc.integer({ min: 1, max: 6 }),
  characters: fc.integer({ min: 1, max: 20 }),
  ageMs: fc.constant(60_000),
});
const someEvents = fc.array(
  fc.record({
    cursor: fc.option(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), { nil: null }),
    json: fc.option(fc.string({ maxLength: 8 }), { nil: null }),
  }),
  { maxLength: 40 },
);

test('keeps the end of the event list within the limits', () => {
  fc.assert(
    fc.property(limits, someEvents, (most, events) => {
      const ring = new Ring(most);
      const all: RoomEvent[] = [];
      for (const pushed of events) {
        ring.push(pushed);
        all.push(pushed);
        const kept = keptOf(all, most);
        expect(ring.end).toBe(all.length);
        all.forEach((each, n) =>
          expect(ring.at(n)?.json).toBe(n < all.length - kept ? undefined : each.json),
        );
        for (const cursor of ['a', 'b', 'c', 'd', '__proto__', 'never']) {
          const last = all.findLastIndex((each) => each.cursor === cursor);
          expect(ring.after(cursor)).toBe(last < all.length - kept || last < 0 ? null : last + 1);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** How many of the newest events fit; at least one. A dropped event never returns. */
function keptOf(all: readonly RoomEvent[], most: RingLimits): number {
  let first = 0;
  for (let end = 1; end <= all.length; end += 1) {
    const characters = () => all.slice(first, end).reduce((sum, { json }) => sum + (json?.length ?? 0), 0);
    while (end - first > most.events || (characters() > most.characters && end - first > 1)) first += 1;
  }
  return all.length - first;
}
