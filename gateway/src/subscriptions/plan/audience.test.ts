import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Identity } from '../../identity/identity.js';
import { Audiences } from './audience.js';
import type { Audience } from '@supergraph/service/live-directive';

const ann = { userId: 'ann', sessionId: 'laptop' };

function identity(viewer: Identity['viewer'], ...scopes: string[]): Identity {
  return { viewer, scopes: new Set(scopes) };
}

describe('the audience VIEWER', () => {
  const { key, auth } = new Audiences().of(identity(ann, 'read', 'write'), 'VIEWER');

  test('authenticates as the viewer', () => {
    expect(auth).toEqual(identity(ann, 'read', 'write'));
  });

  test('is shared within a session, regardless of the order of scopes', () => {
    expect(new Audiences().of(identity({ ...ann }, 'write', 'read'), 'VIEWER').key).toBe(key);
  });

  test.each([
    ['another user', identity({ ...ann, userId: 'bob' }, 'read', 'write')],
    ['another session of the same user', identity({ ...ann, sessionId: 'phone' }, 'read', 'write')],
    ['the same session with fewer scopes', identity(ann, 'read')],
    ['the same session with more scopes', identity(ann, 'read', 'write', 'admin')],
    ['an anonymous client', identity(null, 'read', 'write')],
  ])('is not shared with %s', (_, other) => {
    expect(new Audiences().of(other, 'VIEWER').key).not.toBe(key);
  });
});

describe('the audience SCOPES', () => {
  const audiences = new Audiences();
  const { key, auth } = audiences.of(identity(ann, 'read', 'write'), 'SCOPES');

  test('authenticates with exactly the scopes and no user', () => {
    expect(auth).toEqual({ viewer: null, scopes: new Set(['read', 'write']) });
  });

  test('returns the same key and the same `auth` object to users with the same scopes', () => {
    const other = audiences.of(identity({ userId: 'bob', sessionId: 'phone' }, 'write', 'read'), 'SCOPES');
    expect(other.key).toBe(key);
    expect(other.auth).toBe(auth);
  });

  test.each([
    ['fewer scopes', identity(ann, 'read')],
    ['more scopes', identity(ann, 'read', 'write', 'admin')],
    ['one scope that contains both names', identity(ann, 'read write')],
    ['one scope that contains the JSON of both', identity(ann, 'read","write')],
  ])('is not shared with %s', (_, other) => {
    expect(audiences.of(other, 'SCOPES').key).not.toBe(key);
  });

  test('is not shared between sessions that have no scopes', () => {
    const alone = audiences.of(identity(ann), 'SCOPES');
    expect(alone.auth).toEqual(identity(ann));
    expect(alone.key).not.toBe(audiences.of(identity(null), 'SCOPES').key);
    expect(alone.key).not.toBe(audiences.of(identity({ ...ann, sessionId: 'phone' }), 'SCOPES').key);
  });
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
