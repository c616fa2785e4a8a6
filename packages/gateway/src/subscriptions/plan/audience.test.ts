import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Identity } from '../../request/identity.js';
import { Audiences } from './audience.js';
import type { Audience } from '@kit/auth';

test('returns the same `auth` object for the same scopes, so that it is signed once', () => {
  const audiences = new Audiences();
  const [ann, bob] = ['ann', 'bob'].map((userId) => ({ userId, sessionId: 'laptop' }));
  const one = audiences.of({ viewer: ann!, scopes: new Set(['read', 'write']) }, 'SCOPES');
  const other = audiences.of({ viewer: bob!, scopes: new Set(['write', 'read']) }, 'SCOPES');
  expect(other.auth).toBe(one.auth);
});

/** Short strings of few characters, including JSON syntax, so that different values look alike. */
const awkward = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '[', ']', ' ', '\\', '\u0000', '\n'), maxLength: 4 }),
  fc.constantFrom('null', '[]', 'VIEWER', 'SCOPES', 'a","b', '["a"]', '\ud800', '\ud801', '__proto__'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const viewers = fc.option(fc.record({ userId: awkward, sessionId: awkward }), { nil: null });
const scopeLists = fc.array(awkward, { maxLength: 4 });
const watchers = fc.record({
  viewer: viewers,
  scopes: scopeLists,
  audience: fc.constantFrom<Audience>('VIEWER', 'SCOPES'),
});
interface Watching {
  readonly viewer: Identity['viewer'];
  readonly scopes: readonly string[];
  readonly audience: Audience;
}

/** Unrelated pairs prove little, so the second watcher is often built from the first one's parts. */
const pairs: fc.Arbitrary<readonly [Watching, Watching]> = watchers.chain((one) => {
  const joined = [one.scopes.join(' '), one.scopes.join(','), one.scopes.join('","'), one.scopes.join('')];
  const parts = [...one.scopes, one.viewer?.userId ?? '', one.viewer?.sessionId ?? ''];
  const turned = one.viewer && { userId: one.viewer.sessionId, sessionId: one.viewer.userId };
  const like = fc.record({
    viewer: fc.oneof(fc.constantFrom(one.viewer, turned, null), viewers),
    scopes: fc.oneof(
      fc.constantFrom([...one.scopes], [...one.scopes].toReversed(), ...joined.map((scope) => [scope])),
      fc.shuffledSubarray([...parts, ...joined]),
      fc.constant([...one.scopes, ...one.scopes]),
      scopeLists,
    ),
    audience: fc.oneof(fc.constant(one.audience), fc.constantFrom<Audience>('VIEWER', 'SCOPES')),
  });
  return like.map((other) => [one, other] as const);
});

/** The rules of contract 6, written independently of the implementation. */
function mayShare(one: Watching, other: Watching): boolean {
  const [ones, others] = [new Set(one.scopes), new Set(other.scopes)];
  if (ones.size !== others.size || [...ones].some((scope) => !others.has(scope))) return false;
  const isShared = ({ audience, scopes }: Watching) => audience === 'SCOPES' && scopes.length > 0;
  if (isShared(one) || isShared(other)) return isShared(one) && isShared(other);
  if (!one.viewer || !other.viewer) return one.viewer === other.viewer;
  return one.viewer.userId === other.viewer.userId && one.viewer.sessionId === other.viewer.sessionId;
}

test('shares a room exactly between watchers with the same view', () => {
  let shared = 0;
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      const audiences = new Audiences();
      const [ones, others] = [one, other].map(({ viewer, scopes, audience }) =>
        audiences.of({ viewer, scopes: new Set(scopes) }, audience),
      );
      expect(ones!.key === others!.key).toBe(mayShare(one, other));
      if (ones!.key === others!.key) shared += 1;
      for (const [watching, sharing] of [
        [one, ones!],
        [other, others!],
      ] as const) {
        const isShared = watching.audience === 'SCOPES' && watching.scopes.length > 0;
        expect(sharing.auth.viewer).toEqual(isShared ? null : watching.viewer);
        expect([...sharing.auth.scopes].sort()).toEqual([...new Set(watching.scopes)].sort());
      }
    }),
    { numRuns: 5_000 },
  );
  expect(shared).toBeGreaterThan(500);
});
