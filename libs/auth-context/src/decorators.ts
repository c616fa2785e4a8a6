import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { AuthContext, Viewer } from './auth-context.js';
import { unauthenticated } from './auth-errors.js';
import type { Scope } from './scopes.js';

/** What a resolver asks of its caller; the guard reads it, and denies a root field that says nothing to strangers. */
export type Requirement = 'public' | readonly Scope[];

export const REQUIREMENT = Symbol('auth requirement');

/** Opens a root field, or an HTTP route, to callers who are not logged in. */
export const Public = (): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIREMENT, 'public' satisfies Requirement);

/** Asks for all of these scopes. Works on root fields and on `@ResolveField()`s alike. */
export const RequiresScopes = (...scopes: [Scope, ...Scope[]]): MethodDecorator =>
  SetMetadata(REQUIREMENT, scopes satisfies Requirement);

/** The `AuthContext` of the request, for the few resolvers that serve strangers too. */
export const CurrentAuth = createParamDecorator((_: unknown, context: ExecutionContext) => authOf(context));

/** The person behind the request; a room without a person, or a stranger, gets `UNAUTHENTICATED`. */
export const CurrentViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer } = authOf(context);
  if (!viewer) throw unauthenticated();
  return viewer;
});

function authOf(context: ExecutionContext): AuthContext {
  return GqlExecutionContext.create(context).getContext<{ auth: AuthContext }>().auth;
}
