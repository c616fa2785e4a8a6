import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { isAuthenticated, type AuthContext } from './auth-context.js';
import { forbidden, tooLate, unauthenticated } from './auth-errors.js';
import { requirementOf } from './decorators.js';
import { authOfMessage } from './message-auth.js';
import type { Scope } from './scopes.js';

/**
 * The one guard of a subgraph: denies by default. A field of Query, Mutation or Subscription needs somebody
 * who is logged in until it says `@Public()`; `@RequiresScopes()` asks for more, on any field.
 * So does a handler of messages, whose sender another guard has noted before. HTTP routes (health, keys) are closed
 * until they say `@Public()`.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const requirement = requirementOf(this.reflector, context.getHandler(), context.getClass());
    const kind = context.getType<string>();
    if (kind === 'rpc') {
      if (requirement !== 'public') requireScopes(authOfMessage(context), requirement ?? []);
      return true;
    }
    if (kind !== 'graphql') return requirement === 'public';

    const call = GqlExecutionContext.create(context);
    const isRootField = call.getInfo<GraphQLResolveInfo>().path.prev === undefined;
    if (!requirement && !isRootField) return true;

    const { auth, deadline } = call.getContext<{ auth: AuthContext; deadline?: number }>();
    // Mutations run one after the other: what nobody waits for any more is not begun.
    if (isRootField && deadline !== undefined && deadline < Date.now()) throw tooLate();
    if (requirement === 'public') return true;
    requireScopes(auth, requirement ?? []);
    return true;
  }
}

/** @throws GraphQLError when nobody is logged in (`UNAUTHENTICATED`), or without all of these scopes (`FORBIDDEN`) */
export function requireScopes(auth: AuthContext, scopes: readonly Scope[]): void {
  if (!isAuthenticated(auth)) throw unauthenticated();
  const missing = scopes.filter((scope) => !auth.scopes.has(scope));
  if (missing.length > 0) throw forbidden(missing);
}
