import { type AuthContext, isAuthenticated, scopesInWords, unauthenticated } from '@kit/auth';

import { GraphQLError, type ExecutionResult } from 'graphql';
import type { ExecutorRequest } from '../../request/executor-request.js';
import type { Variables } from '../variables.js';
import { Completion, type CompletionOptions } from './completion.js';
import { missingScopes, type Requirement } from './requirement.js';
import { visibleDocument, type VisibleDocument } from './visible-document.js';

type Result = ExecutionResult<Record<string, unknown>>;

/**
 * The parts of one operation that are withheld from a viewer. It executes the visible part and completes the result.
 */
export class Withheld {
  private readonly visible: VisibleDocument | null;

  constructor(private readonly options: Omit<CompletionOptions, 'rejection'>) {
    const { inspected, unmet } = options;
    this.visible = visibleDocument(inspected, (selection) => {
      const requirement = inspected.selections.get(selection);
      return requirement !== undefined && unmet.has(requirement);
    });
  }

  /** Returns the request to plan and execute instead of the client's; null when nothing is visible. */
  visibleOf(request: ExecutorRequest): ExecutorRequest | null {
    return this.visible && { ...request, ...this.visible };
  }

  /**
   * Executes the visible part of a request, and completes the result.
   * @param variables the coerced variables of the request
   * @param execute executes the visible part; not called when nothing is visible
   */
  async execute(
    request: ExecutorRequest,
    variables: Variables,
    auth: AuthContext,
    execute: (visible: ExecutorRequest) => Promise<Result>,
  ): Promise<Result> {
    const rejection = (requirement: Requirement, path: readonly string[]) =>
      authorizationError(requirement, path, auth);
    const visible = this.visibleOf(request);
    const result = visible ? await execute(visible) : { data: {} };
    return new Completion({ ...this.options, rejection }, variables).complete(result);
  }
}

/** `UNAUTHENTICATED`, or `FORBIDDEN` with the missing scopes in `extensions.missingScopes`. */
function authorizationError(
  requirement: Requirement,
  path: readonly string[],
  auth: AuthContext,
): GraphQLError {
  if (!isAuthenticated(auth)) {
    const { message, extensions } = unauthenticated();
    return new GraphQLError(message, { path, extensions });
  }
  const ways = missingScopes(requirement, auth);
  const message = `This needs ${ways.map(scopesInWords).join(', or ')}.`;
  return new GraphQLError(message, { path, extensions: { code: 'FORBIDDEN', missingScopes: ways } });
}
