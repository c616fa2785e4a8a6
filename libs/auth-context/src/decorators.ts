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

/** What a resolver asks of its caller; the guard reads it, and denies a root field that says nothing to strangers. */
export type Requirement = 'public' | readonly Scope[];

const REQUIREMENT = Symbol('auth requirement');

type Handler = Parameters<Reflector['getAllAndOverride']>[1][number];

/** What a resolver or a route says it requires, by itself or by its class; undefined when it says nothing. */
export function requirementOf(
  reflector: Reflector,
  handler: Handler,
  ofClass: Type<unknown>,
): Requirement | undefined {
  return reflector.getAllAndOverride<Requirement | undefined>(REQUIREMENT, [handler, ofClass]);
}

/** Opens a root field, or an HTTP route, to callers who are not logged in. */
export const Public = (): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIREMENT, 'public' satisfies Requirement);

/**
 * Asks for all of these scopes, of the guard and in the SDL (`@requiresScopes`). Works on root fields and on
 * `@ResolveField()`s alike; on a `@ResolveReference()` it concerns the guard alone.
 */
export const RequiresScopes = (...scopes: [Scope, ...Scope[]]): MethodDecorator =>
  applyDecorators(
    SetMetadata(REQUIREMENT, scopes satisfies Requirement),
    Directive(`@requiresScopes(scopes: ${JSON.stringify([scopes])})`),
  );

/** The `AuthContext` of the request, for the few resolvers that serve strangers too. */
export const CurrentAuth = createParamDecorator((_: unknown, context: ExecutionContext) => authOf(context));

/** The person behind the request; a room without a person, or a stranger, gets `UNAUTHENTICATED`. */
export const CurrentViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer } = authOf(context);
  if (!viewer) throw unauthenticated();
  return viewer;
});

function authOf(context: ExecutionContext): AuthContext {
  if (context.getType() === 'rpc') return authOfMessage(context);
  return GqlExecutionContext.create(context).getContext<{ auth: AuthContext }>().auth;
}
