import { expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Ring, type RingLimits, type RoomEvent } from './ring.js';

test('drops events at their maximum age', () => {
  jest.useFakeTimers();
  try {
    const ring = new Ring({ events: 1_000, characters: 1_000_000, ageMs: 1_000 });
    ring.push({ cursor: 'a', json: '{}' });
    jest.advanceTimersByTime(600);
    ring.push({ cursor: 'b', json: '{}' });
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
        all.forEach((each, n) => {
          const isKept = n >= all.length - kept;
          expect(ring.at(n)).toEqual(isKept ? expect.objectContaining(each) : undefined);
        });
        expect(ring.at(-1)).toBeUndefined();
        expect(ring.at(all.length)).toBeUndefined();
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
