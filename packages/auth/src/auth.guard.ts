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
 * The guard of a subgraph. It denies by default: root fields, and handlers of messages, require an authenticated caller
 * unless they have `@Public()`. `@RequiresScopes()` requires scopes, on any field. HTTP routes (health, keys) are closed
 * unless they have `@Public()`.
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
    // Mutations run one after the other, so the deadline may pass before a later one begins.
    if (isRootField && deadline !== undefined && deadline < Date.now()) throw tooLate();
    if (requirement === 'public') return true;
    requireScopes(auth, requirement ?? []);
    return true;
  }
}

/** @throws GraphQLError when the caller is anonymous (`UNAUTHENTICATED`) or lacks one of these scopes (`FORBIDDEN`) */
export function requireScopes(auth: AuthContext, scopes: readonly Scope[]): void {
  if (!isAuthenticated(auth)) throw unauthenticated();
  const missing = scopes.filter((scope) => !auth.scopes.has(scope));
  if (missing.length > 0) throw forbidden(missing);
}
