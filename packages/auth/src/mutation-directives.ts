import { Directive } from '@nestjs/graphql';
import { DirectiveLocation, GraphQLDirective, GraphQLInt, GraphQLNonNull } from 'graphql';

/** The specification of these directives. */
export const KIT_SPEC = 'https://specs.example.com/kit/v1.0';

/** `@credential`, for the schema of a subgraph. */
export const CREDENTIAL_DIRECTIVE = new GraphQLDirective({
  name: 'credential',
  description:
    'Marks a mutation that checks or sets a credential. An operation may contain only one, so that a request cannot contain several guesses.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
});

/** `@deadline(ms:)`, for the schema of a subgraph. */
export const DEADLINE_DIRECTIVE = new GraphQLDirective({
  name: 'deadline',
  description:
    'Limits the time of an operation from the moment at which it sends this mutation to the subgraph.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    ms: { type: new GraphQLNonNull(GraphQLInt), description: 'The time limit, in milliseconds.' },
  },
});

/** Marks a mutation that checks or sets a credential. The gateway accepts at most one in an operation. */
export const Credential = (): MethodDecorator => Directive('@credential');

/** Limits the time of an operation from the moment at which the gateway sends this mutation, in milliseconds. */
export const Deadline = (ms: number): MethodDecorator => Directive(`@deadline(ms: ${ms})`);
