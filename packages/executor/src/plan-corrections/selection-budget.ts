import { GraphQLError } from 'graphql';

/** Maximum number of selections that are added to a document before it is planned. Planning blocks the event loop. */
const MAX_ADDED = 2_000;

/** Counts added selections: a nested selection can be added for each combination of the types around it. */
export class SelectionBudget {
  private left = MAX_ADDED;

  /** @throws GraphQLError when too many selections would be added */
  spend(): void {
    this.left -= 1;
    if (this.left >= 0) return;
    throw new GraphQLError(
      `The planner needs more than ${MAX_ADDED} added selections for interfaces, unions and computed fields. Select fewer nested fields of them.`,
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
    );
  }
}
