import {
  applyDecorators,
  createParamDecorator,
  SetMetadata,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { Directive, GqlExecutionContext } from '@nestjs/graphql';
import type { AuthContext, Viewer } from './auth-context.js';
import { unauthenticated } from './auth-errors.js';
import { authOfMessage } from './message-auth.js';
import type { Scope } from './scopes.js';

/** The requirement of a resolver. Root fields without one need an authenticated caller. */
export type Requirement = 'public' | readonly Scope[];

const REQUIREMENT = Symbol('auth requirement');

type Handler = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The requirement of a resolver or route, or of its class. */
export function requirementOf(
  reflector: Reflector,
  handler: Handler,
  ofClass: Type<unknown>,
): Requirement | undefined {
  return reflector.getAllAndOverride<Requirement | undefined>(REQUIREMENT, [handler, ofClass]);
}

/** Opens a root field or an HTTP route to anonymous callers. */
export const Public = (): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIREMENT, 'public' satisfies Requirement);

/**
 * Requires all of these scopes, in the guard and in the SDL (`@requiresScopes`), for root fields and for
 * `@ResolveField()`. For `@ResolveReference()` it has an effect in the guard only.
 */
export const RequiresScopes = (...scopes: [Scope, ...Scope[]]): MethodDecorator =>
  applyDecorators(
    SetMetadata(REQUIREMENT, scopes satisfies Requirement),
    Directive(`@requiresScopes(scopes: ${JSON.stringify([scopes])})`),
  );

/** The `AuthContext` of the request, for resolvers that also serve anonymous callers. */
export const CurrentAuth = createParamDecorator((_: unknown, context: ExecutionContext) => authOf(context));

/** The user who sends the request. Shared subscriptions and anonymous callers get `UNAUTHENTICATED`. */
export const CurrentViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer } = authOf(context);
  if (!viewer) throw unauthenticated();
  return viewer;
});

function authOf(context: ExecutionContext): AuthContext {
  if (context.getType() === 'rpc') return authOfMessage(context);
  return GqlExecutionContext.create(context).getContext<{ auth: AuthContext }>().auth;
}
