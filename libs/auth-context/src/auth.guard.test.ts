import { describe, expect, test } from '@jest/globals';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { ANONYMOUS } from './auth-context.js';
import { AuthGuard } from './auth.guard.js';
import { Public } from './decorators.js';

class Accounts {
  @Public()
  logIn(this: void): void {}
}

const { logIn } = Accounts.prototype;
const AT_ROOT = { prev: undefined, key: 'logIn' };

/** Asks the guard in a stranger's name, who waits until `deadline`, in milliseconds since 1970. */
function mayBegin(deadline: number | undefined, path: object = AT_ROOT): boolean {
  const call = new ExecutionContextHost([{}, {}, { auth: ANONYMOUS, deadline }, { path }], Accounts, logIn);
  call.setType('graphql');
  return new AuthGuard(new Reflector()).canActivate(call);
}

describe('a root field that is open to everybody', () => {
  test('is not begun when nobody waits for it any more', () => {
    expect(() => mayBegin(Date.now() - 1)).toThrow(
      expect.objectContaining({ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }),
    );
  });

  test.each([
    ['while somebody does', Date.now() + 60_000],
    ['when nobody has said until when', undefined],
  ])('is begun %s', (_, deadline) => {
    expect(mayBegin(deadline)).toBe(true);
  });
});

test('a field below an open one is not too late: its mutation has begun', () => {
  expect(mayBegin(Date.now() - 1, { prev: AT_ROOT, key: 'field' })).toBe(true);
});
