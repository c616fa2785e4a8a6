import { createHash } from 'node:crypto';
import { isAuthenticated, type AuthContext } from '@supergraph/auth-context/auth-context';
import { scopesInWords, unauthenticated } from '@supergraph/auth-context/auth-errors';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { ExecutorRequest } from '../subscriptions/plan/plan.js';
import type { Variables } from '../supergraph/variables.js';
import { Completion, type Completing } from './completion.js';
import { missingScopes, type Requirement } from './requirement.js';
import { visibleDocument, type VisibleDocument } from './visible-document.js';

type Result = ExecutionResult<Record<string, unknown>>;

/** What is kept from a viewer of one operation, and how to answer the rest. */
export class Withheld {
  private readonly visible: VisibleDocument | null;
  private readonly queryHash: string;

  /** @param key differs for another operation, and for other requirements that are not met */
  constructor(
    key: string,
    private readonly by: Omit<Completing, 'refusal'>,
  ) {
    const { inspected, unmet } = by;
    this.visible = visibleDocument(inspected, (selection) => {
      const requirement = inspected.selections.get(selection);
      return requirement !== undefined && unmet.has(requirement);
    });
    this.queryHash = createHash('sha256').update(key).digest('hex');
  }

  /** What is to be planned and executed in the place of a request; null when nothing is left of it. */
  visibleOf(request: ExecutorRequest): ExecutorRequest | null {
    // Apollo caches plans by the hash.
    return this.visible && { ...request, ...this.visible, queryHash: this.queryHash };
  }

  /**
   * @param variables those of the request
   * @param execute answers what is visible; it is not called when nothing is
   */
  async answer(
    request: ExecutorRequest,
    variables: Variables,
    auth: AuthContext,
    execute: (visible: ExecutorRequest) => Promise<Result>,
  ): Promise<Result> {
    const refusal = (requirement: Requirement, path: readonly string[]) => refused(requirement, path, auth);
    const visible = this.visibleOf(request);
    const answer = visible ? await execute(visible) : { data: {} };
    return new Completion({ ...this.by, refusal }, variables).complete(answer);
  }
}

/** `UNAUTHENTICATED`, or `FORBIDDEN` with the scopes that are missing in `extensions.missingScopes`. */
function refused(requirement: Requirement, path: readonly string[], auth: AuthContext): GraphQLError {
  if (!isAuthenticated(auth)) {
    const { message, extensions } = unauthenticated();
    return new GraphQLError(message, { path, extensions });
  }
  const ways = missingScopes(requirement, auth);
  const message = `This needs ${ways.map(scopesInWords).join(', or ')}.`;
  return new GraphQLError(message, { path, extensions: { code: 'FORBIDDEN', missingScopes: ways } });
}
