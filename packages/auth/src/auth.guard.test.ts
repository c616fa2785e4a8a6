import { describe, expect, test } from '@jest/globals';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { ANONYMOUS } from './auth-context.js';
import { AuthGuard } from './auth.guard.js';
import { Public } from './decorators.js';

class Orders {
  @Public()
  place(this: void): void {}
}

const { place } = Orders.prototype;
const AT_ROOT = { prev: undefined, key: 'place' };

/** Runs the guard for an anonymous caller with this deadline, in milliseconds since 1970. */
function mayBegin(deadline: number | undefined, path: object = AT_ROOT): boolean {
  const call = new ExecutionContextHost([{}, {}, { auth: ANONYMOUS, deadline }, { path }], Orders, place);
  call.setType('graphql');
  return new AuthGuard(new Reflector()).canActivate(call);
}

describe('a public root field', () => {
  test('does not start after the deadline', () => {
    expect(() => mayBegin(Date.now() - 1)).toThrow(
      expect.objectContaining({ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }),
    );
  });

  test.each([
    ['before the deadline', Date.now() + 60_000],
    ['without a deadline', undefined],
  ])('starts %s', (_, deadline) => {
    expect(mayBegin(deadline)).toBe(true);
  });
});

test('a nested field runs after the deadline, since its mutation has started', () => {
  expect(mayBegin(Date.now() - 1, { prev: AT_ROOT, key: 'field' })).toBe(true);
});
