import { GraphQLError, visit, type DocumentNode } from 'graphql';

/** Maximum number of selections that a document gets when it is written in another way. Planning blocks the event loop. */
const MAX_ADDED = 2_000;

/** Counts what is written, since a nested selection can be written for each combination of the types around it. */
export class SelectionBudget {
  private left = MAX_ADDED;

  constructor(document: DocumentNode) {
    const count = (): void => {
      this.left += 1;
    };
    visit(document, { Field: count, InlineFragment: count, FragmentSpread: count });
  }

  /** @throws GraphQLError when too many selections would be added */
  spend(): void {
    this.left -= 1;
    if (this.left >= 0) return;
    throw new GraphQLError(
      `The planner needs more than ${MAX_ADDED} added selections for the types of interfaces and unions. Select fewer nested fields of them.`,
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
    );
  }
}
