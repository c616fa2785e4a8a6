import { expect, test } from '@jest/globals';
import { EntityPlaces } from './entity-places.js';

test('the places of all entities are found in one pass, when the first is needed', () => {
  const [one, two, again] = [{}, {}, {}];
  let passes = 0;
  const data = {
    get items() {
      passes += 1;
      return [{ by: one }, null, { by: two }, { by: again }];
    },
  };
  const entities = { targets: [one, two, again], indices: [0, 1, 0], types: ['Person', 'Person'], json: '' };
  const places = new EntityPlaces(entities, data, ['items', '@', 'by']);
  expect(passes).toBe(0);
  expect(places.of(0)).toEqual([
    ['items', 0, 'by'],
    ['items', 3, 'by'],
  ]);
  expect(places.of(1)).toEqual([['items', 2, 'by']]);
  expect(places.of(2)).toEqual([]);
  expect(passes).toBe(1);
});
